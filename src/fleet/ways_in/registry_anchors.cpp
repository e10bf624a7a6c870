// Anchors, and the devices that their certificates are of.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "crypto/x509/certificate.h"
#include "fleet/registry/live_registry.h"
#include "fleet/ways_in/joined.h"
#include "fleet/ways_in/rules.h"
#include "ledger/subject.h"

namespace outrider::fleet {
namespace {

ledger::Subject subject_of(const FleetId& fleet) {
  return {ledger::SubjectKind::fleet, fleet.value};
}

Result<void> check_anchor_fact(const FleetState& state, const facts::AnchorAdded& fact, Timestamp now) {
  TRY(const std::string name, check_id("anchor", fact.anchor));
  CHECK(check_text("by", fact.by, label_bytes_max));
  TRY(const auto certificate, crypto::parse_certificate(fact.certificate));
  if (!certificate.authority)
    return fail(Errc::malformed, "not-an-authority",
                fmt::format("the certificate '{}' is not one of a certification authority", certificate.subject.text));
  if (now > certificate.not_after)
    return fail(
        Errc::expired, "anchor-expired",
        fmt::format("the certificate '{}' expired at {}", certificate.subject.text, to_rfc3339(certificate.not_after)));
  if (fact.until && *fact.until <= now)
    return fail(Errc::expired, "anchor-expired", "the anchor would be trusted until a time that is past");
  if (fact.profile && !state.profiles.contains(*fact.profile))
    return fail(Errc::not_found, "unknown-profile", fmt::format("there is no profile '{}'", fact.profile->value));
  if (state.ways.anchors.contains(fact.anchor))
    return fail(Errc::conflict, "anchor-exists", fmt::format("there is an anchor '{}' already", fact.anchor));
  if (state.ways.anchors.size() >= anchors_max)
    return fail(Errc::too_large, "too-many", fmt::format("a fleet has at most {} anchors", anchors_max));
  return {};
}

// With two fleets behind one CA it would be chance which of them a certificate of it belongs to.
Result<void> check_no_other_fleet(const State& all, const FleetId& fleet, const facts::AnchorAdded& fact) {
  if (fact.role != facts::AnchorRole::device_ca) return {};
  TRY(const auto certificate, crypto::parse_certificate(fact.certificate));
  for (const auto& [id, other] : all.fleets) {
    if (id == fleet) continue;
    for (const auto& [name, anchor] : other.ways.anchors) {
      if (anchor.role != facts::AnchorRole::device_ca) continue;
      const auto theirs = crypto::parse_certificate(anchor.certificate);
      if (theirs && theirs->spki_sha256() == certificate.spki_sha256())
        return fail(Errc::conflict, "anchor-elsewhere",
                    fmt::format("fleet '{}' trusts this CA for its devices already (anchor '{}')", id.value, name));
    }
  }
  return {};
}

}  // namespace

void LiveRegistry::add_anchor(const FleetId& fleet, facts::AnchorAdded fact, Done done, Run run) {
  const auto validate = [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    CHECK(check_anchor_fact(*found, fact, clock_.now()));
    CHECK(check_no_other_fleet(state, fleet, fact));
    plan.append(fleet, subject_of(fleet), fact);
    return {};
  };
  decide(std::move(done), validate, run);
}

void LiveRegistry::remove_anchor(const FleetId& fleet, facts::AnchorRemoved fact, Done done, Run run) {
  const auto whole = std::make_shared<Joined>(std::move(done));
  std::vector<std::string> ending;
  const auto validate = [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    CHECK(check_text("why", fact.why, why_bytes_max));
    CHECK(check_text("by", fact.by, label_bytes_max));
    if (!found->ways.anchors.contains(fact.anchor))
      return fail(Errc::not_found, "unknown-anchor", fmt::format("there is no anchor '{}'", fact.anchor.substr(0, 64)));
    plan.append(fleet, subject_of(fleet), fact);
    const Anchor& anchor = found->ways.anchors.at(fact.anchor);
    if (anchor.role == facts::AnchorRole::device_ca) ending = unvouched(*found, clock_.now(), &anchor);
    return {};
  };
  decide(Joined::part(whole), validate, run);
  if (run == Run::dry) ending.clear();
  // In pieces that admission can wait for. When the process ends meanwhile, the next one finds what is left.
  for (std::size_t at = 0; at < ending.size(); at += revoke_batch_max) {
    const auto piece = std::span(ending).subspan(at, std::min(revoke_batch_max, ending.size() - at));
    decide(Joined::part(whole), [&](State& state, Plan& plan) -> Result<void> {
      TRY(const FleetState* const found, require_fleet(state, fleet));
      if (!found->ways.anchors.contains(fact.anchor)) plan_dismissal(fleet, *found, piece, fact.by, plan);
      return {};
    });
  }
  whole->settle({});
}

Result<std::vector<Anchor>> LiveRegistry::anchors(const FleetId& fleet) const {
  return look(fleet, [](const FleetState& state) -> Result<std::vector<Anchor>> {
    std::vector<Anchor> out;
    for (const auto& [name, anchor] : state.ways.anchors) out.push_back(anchor);
    return out;
  });
}

std::vector<std::pair<FleetId, Anchor>> LiveRegistry::device_authorities() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::pair<FleetId, Anchor>> out;
  for (const auto& [id, fleet] : state_.fleets)
    for (const auto& [name, anchor] : fleet.ways.anchors)
      if (anchor.role == facts::AnchorRole::device_ca) out.emplace_back(id, anchor);
  return out;
}

// Which devices could come in by it: a manufacturer's have a serial number; those of another CA are known by their id.
Result<AnchorProgress> LiveRegistry::anchor_progress(const FleetId& fleet, const std::string& anchor) const {
  return look(fleet, [&](const FleetState& state) -> Result<AnchorProgress> {
    const auto found = state.ways.anchors.find(anchor);
    if (found == state.ways.anchors.end())
      return fail(Errc::not_found, "unknown-anchor", fmt::format("there is no anchor '{}'", anchor.substr(0, 64)));
    AnchorProgress out;
    for (const auto& [id, row] : state.devices) {
      const Device& device = row.device;
      if (found->second.profile && device.profile != *found->second.profile) continue;
      if (found->second.role == facts::AnchorRole::manufacturer && !device.serial_number) continue;
      if (device.lifecycle == facts::Lifecycle::retired) continue;
      ++out.expected;
      const bool own = std::ranges::any_of(row.serials, [&](const auto& serial) {
        return state.identities.at(serial).right != facts::EnrolmentRight::foreign;
      });
      if (own) ++out.came;
    }
    return out;
  });
}

Result<DeviceId> LiveRegistry::by_serial_number(const FleetId& fleet, const std::string& serial_number,
                                                const std::optional<ProfileId>& profile) const {
  return look(fleet, [&](const FleetState& state) -> Result<DeviceId> {
    const auto known = state.ways.serial_numbers.find(serial_number);
    std::vector<DeviceId> devices;
    if (known != state.ways.serial_numbers.end()) devices = known->second;
    if (profile)
      std::erase_if(devices, [&](const auto& id) { return state.devices.at(id).device.profile != *profile; });
    if (devices.size() == 1) return devices.front();
    const std::string shown = serial_number.substr(0, label_bytes_max);
    if (devices.empty())
      return fail(Errc::forbidden, "serial-not-expected",
                  fmt::format("no device with the serial number '{}' is expected", shown));
    return fail(Errc::conflict, "serial-ambiguous",
                fmt::format("several devices have the serial number '{}'; name a profile for the anchor", shown));
  });
}

}  // namespace outrider::fleet
