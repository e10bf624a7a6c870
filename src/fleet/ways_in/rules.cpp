#include "fleet/ways_in/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/x509/certificate.h"
#include "fleet/ways_in/lists.h"
#include "ledger/subject.h"

namespace outrider::fleet {
namespace {

// A device is one thing with one identity; an application may run several times, each with a certificate of its own.
bool of_application(const std::vector<const Identity*>& living) {
  return !living.empty() && facts::is_application(living.front()->device);
}

void retire_identity(const FleetId& fleet, const Identity& identity, Plan& plan) {
  plan.append(fleet, ledger::subject_of(identity.device),
              facts::IdentityRevoked{.device = identity.device,
                                     .serial = identity.serial,
                                     .why = "superseded",
                                     .by = "server",
                                     .cause = facts::RevocationCause::successor});
  plan.expulsions.push_back({fleet, identity.device, identity.serial, "identity-superseded"});
}

// An expired certificate renews once: what came after it may only be the answer to the same request, which got lost.
Result<void> check_newest(const FleetState& state, const Identity& renewed, const facts::IdentityIssued& fact) {
  const auto& serials = state.find_holder(fact.device)->serials;
  for (auto later = std::ranges::find(serials, renewed.serial) + 1; later != serials.end(); ++later) {
    const Identity& identity = state.identities.at(*later);
    if (!identity.connected && identity.spki_sha256 == fact.spki_sha256) continue;
    return fail(Errc::forbidden, "identity-not-newest",
                "the device was issued a newer certificate than this expired one; use that, ask for it again with its "
                "own key, or enrol anew with a code");
  }
  return {};
}

Result<void> check_renewal(const FleetState& state, const facts::IdentityIssued& fact) {
  const std::string serial = fact.renews_serial.value_or("");
  const Identity* const renewed = state.find_identity(serial);
  if (renewed == nullptr || renewed->device != fact.device)
    return fail(Errc::not_found, "unknown-identity",
                fmt::format("there is no identity with serial {}", serial.substr(0, 64)));
  if (!renewed->revoked)
    return fact.right == facts::EnrolmentRight::expired_renewal ? check_newest(state, *renewed, fact) : Result<void>{};
  if (renewed->revoked_cause == facts::RevocationCause::successor)
    return fail(Errc::forbidden, "identity-superseded", fmt::format("identity {} was replaced by a newer one", serial));
  return fail(Errc::forbidden, "identity-revoked", fmt::format("identity {} was revoked", serial));
}

Result<void> check_profile(const FleetState& state, const Anchor& anchor, const DeviceId& id) {
  const DeviceState* const device = state.find_device(id);
  if (!anchor.profile || (device != nullptr && device->device.profile == *anchor.profile)) return {};
  return fail(Errc::forbidden, "wrong-profile",
              fmt::format("the anchor '{}' is for devices of profile '{}' only", anchor.anchor, anchor.profile->value));
}

// Another CA's certificate serves until its device has used one of ours, and never again: also when that one was
// revoked or has ended.
Result<void> check_not_moved(const FleetState& state, const DeviceId& device) {
  for (const auto& serial : state.find_holder(device)->serials) {
    const Identity& identity = state.identities.at(serial);
    if (identity.right == facts::EnrolmentRight::foreign || !identity.connected) continue;
    return fail(Errc::forbidden, "identity-superseded",
                fmt::format("device '{}' has moved to an identity of its own ({})", device.value, serial));
  }
  return {};
}

Result<void> check_anchor(const FleetState& state, const facts::IdentityIssued& fact, Timestamp now) {
  const auto anchor = state.ways.anchors.find(fact.anchor.value_or(""));
  if (anchor == state.ways.anchors.end())
    return fail(Errc::forbidden, "unknown-anchor", "the anchor that vouched for the device is no longer trusted");
  if (anchor->second.until && now > *anchor->second.until)
    return fail(Errc::expired, "anchor-expired", "the anchor that vouched for the device is no longer trusted");
  CHECK(check_profile(state, anchor->second, fact.device));
  if (fact.right == facts::EnrolmentRight::migration) return check_not_moved(state, fact.device);
  // A second device with the same papers is a copy; the same one asking again has the same key.
  const HolderState* const row = state.find_holder(fact.device);
  for (const Identity* const identity : living_identities(state, *row, now)) {
    if (identity->spki_sha256 == fact.spki_sha256 || identity->right == facts::EnrolmentRight::foreign) continue;
    return fail(Errc::conflict, "serial-enrolled",
                fmt::format("device '{}' has an identity already ({}); revoke it before its maker's certificate can "
                            "enrol it again",
                            fact.device.value, identity->serial));
  }
  return {};
}

Result<void> check_foreign(const FleetState& state, const facts::IdentityIssued& fact, Timestamp now) {
  const auto anchor = state.ways.anchors.find(fact.anchor.value_or(""));
  const bool trusted = anchor != state.ways.anchors.end() && anchor->second.role == facts::AnchorRole::device_ca &&
                       (!anchor->second.until || now <= *anchor->second.until);
  if (!trusted) return fail(Errc::forbidden, "unknown-anchor", "the certificate's CA is not trusted, or no longer");
  // Issued by the anchor itself (identity/ways): the number is one of its own.
  CHECK(check_list(state, anchor->second, fact.presented.value_or(""), now));
  CHECK(check_profile(state, anchor->second, fact.device));
  return check_not_moved(state, fact.device);
}

Result<void> check_approval(const FleetState& state, const facts::IdentityIssued& fact, Timestamp now) {
  const auto request = state.ways.requests.find(fact.request.value_or(""));
  if (request == state.ways.requests.end() || request->second.device != fact.device ||
      request->second.spki_sha256 != fact.spki_sha256)
    return fail(Errc::forbidden, "unknown-request", "nobody was asked about this device and key");
  if (request->second.state != RequestState::approved || now >= request->second.expires)
    return fail(Errc::forbidden, "not-approved", "the request is not approved, was used, or has expired");
  return {};
}

}  // namespace

void add_anchor(FleetState& state, const facts::AnchorAdded& fact, const ledger::Entry& entry) {
  state.ways.anchors[fact.anchor] = {.anchor = fact.anchor,
                                     .role = fact.role,
                                     .certificate = fact.certificate,
                                     .profile = fact.profile,
                                     .device_id_from = fact.device_id_from,
                                     .until = fact.until,
                                     .added = entry.received,
                                     .by = fact.by};
  identify_authority(state.ways.anchors[fact.anchor]);
}

void remove_anchor(FleetState& state, const facts::AnchorRemoved& fact, const ledger::Entry&) {
  state.ways.anchors.erase(fact.anchor);
}

void add_request(FleetState& state, const facts::EnrolmentRequested& fact, const ledger::Entry& entry) {
  auto& requests = state.ways.requests;
  std::erase_if(requests, [&](const auto& each) { return each.second.expires < entry.received; });
  requests.try_emplace(fact.request, EnrolmentRequest{.request = fact.request,
                                                      .device = fact.device,
                                                      .spki_sha256 = fact.spki_sha256,
                                                      .address = fact.address,
                                                      .requested = entry.received,
                                                      .expires = fact.expires});
}

void decide_request(FleetState& state, const facts::EnrolmentDecided& fact, const ledger::Entry& entry) {
  const auto found = state.ways.requests.find(fact.request);
  if (found == state.ways.requests.end() || found->second.state != RequestState::pending) return;
  found->second.state = fact.approved ? RequestState::approved : RequestState::rejected;
  found->second.decided = entry.received;
  found->second.why = fact.why;
  found->second.by = fact.by;
}

std::vector<const Identity*> living_identities(const FleetState& state, const HolderState& row, Timestamp now) {
  std::vector<const Identity*> out;
  for (const auto& serial : row.serials) {
    const Identity& identity = state.identities.at(serial);
    if (!identity.revoked && now < identity.not_after) out.push_back(&identity);
  }
  return out;
}

Result<void> check_right_without_code(const FleetState& state, const facts::IdentityIssued& fact, Timestamp now) {
  switch (fact.right) {
    case facts::EnrolmentRight::code:
      break;
    case facts::EnrolmentRight::renewal:
    case facts::EnrolmentRight::expired_renewal:
      return check_renewal(state, fact);
    case facts::EnrolmentRight::manufacturer:
    case facts::EnrolmentRight::migration:
      return check_anchor(state, fact, now);
    case facts::EnrolmentRight::foreign:
      return check_foreign(state, fact, now);
    case facts::EnrolmentRight::approval:
      return check_approval(state, fact, now);
  }
  return fail(Errc::internal, "unknown-right", "a right to enrol that this server does not know");
}

const Identity* newest_connected(const FleetState& state, const HolderState& row) {
  for (auto serial = row.serials.rbegin(); serial != row.serials.rend(); ++serial) {
    const Identity& identity = state.identities.at(*serial);
    if (!identity.revoked && identity.connected) return &identity;
  }
  return nullptr;
}

void plan_retirement(const FleetId& fleet, const FleetState& state, const HolderState& row, const std::string& serial,
                     Timestamp now, Plan& plan) {
  const auto living = living_identities(state, row, now);
  if (of_application(living) || std::ranges::find(living, serial, &Identity::serial) == living.end()) return;
  for (const Identity* const identity : living) {
    if (identity->serial == serial) return;  // those after it have not connected yet
    retire_identity(fleet, *identity, plan);
  }
}

std::vector<std::string> unvouched(const FleetState& state, Timestamp now, const Anchor* gone) {
  std::vector<std::pair<std::string, const Anchor*>> vouching;  // with the names of their keys
  for (const auto& [name, anchor] : state.ways.anchors) {
    const bool trusted =
        anchor.role == facts::AnchorRole::device_ca && &anchor != gone && (!anchor.until || now <= *anchor.until);
    const auto authority = crypto::parse_certificate(anchor.certificate);
    if (trusted && authority) vouching.emplace_back(hex(authority->subject_key_id), &anchor);
  }
  std::vector<std::string> out;
  for (const auto& [serial, identity] : state.identities) {
    if (identity.right != facts::EnrolmentRight::foreign || identity.revoked || identity.not_after <= now) continue;
    const bool vouched = std::ranges::any_of(vouching, [&](const auto& each) {
      // One that does not name its issuer's key may be of any CA: when one goes, it ends too.
      const bool may_be = identity.issuer.empty() ? gone == nullptr : each.first == identity.issuer;
      return may_be && check_profile(state, *each.second, identity.device);
    });
    if (!vouched) out.push_back(serial);
  }
  return out;
}

void plan_dismissal(const FleetId& fleet, const FleetState& state, std::span<const std::string> serials,
                    const std::string& by, Plan& plan) {
  for (const auto& serial : serials) {
    const Identity* const identity = state.find_identity(serial);
    if (identity == nullptr || identity->revoked) continue;
    plan.append(fleet, ledger::subject_of(identity->device),
                facts::IdentityRevoked{.device = identity->device,
                                       .serial = serial,
                                       .why = "cessationOfOperation",
                                       .by = by,
                                       .cause = facts::RevocationCause::anchor});
    plan.expulsions.push_back({fleet, identity->device, serial, "identity-revoked"});
  }
}

void plan_room_for_one(const FleetId& fleet, const FleetState& state, const HolderState& row, Timestamp now,
                       Plan& plan) {
  auto living = living_identities(state, row, now);
  if (of_application(living)) return;
  const Identity* const used = newest_connected(state, row);
  for (auto at = living.begin(); living.size() >= living_identities_max && at != living.end();) {
    if (*at == used) {
      ++at;
      continue;
    }
    retire_identity(fleet, **at, plan);
    at = living.erase(at);
  }
}

}  // namespace outrider::fleet
