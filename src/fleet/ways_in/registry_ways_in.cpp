// Anchors, requests for approval, and the retirement of identities that newer ones have replaced.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "crypto/x509/certificate.h"
#include "fleet/registry/live_registry.h"
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

// Address without port: "192.0.2.1:4711", "[2001:db8::1]:4711".
std::string_view host_of(std::string_view address) {
  return address.substr(0, address.rfind(':'));
}

Result<void> check_room(const WaysIn& ways, const facts::EnrolmentRequested& fact, Timestamp now) {
  std::size_t all = 0;
  std::size_t of_address = 0;
  std::size_t of_device = 0;
  for (const auto& [name, request] : ways.requests) {
    if (request.state != RequestState::pending || request.expires <= now) continue;
    ++all;
    if (host_of(request.address) == host_of(fact.address)) ++of_address;
    if (request.device == fact.device) ++of_device;
  }
  if (all < requests_per_fleet_max && of_address < requests_per_address_max && of_device < requests_per_device_max)
    return {};
  return fail(Errc::overloaded, "too-many-requests",
              "too many requests wait for an operator already; ask the operator, or try again later");
}

const EnrolmentRequest* find_request(const WaysIn& ways, const facts::EnrolmentRequested& fact, Timestamp now) {
  for (const auto& [name, request] : ways.requests) {
    const bool open = request.state != RequestState::used && now < request.expires;
    if (open && request.device == fact.device && request.spki_sha256 == fact.spki_sha256) return &request;
  }
  return nullptr;
}

}  // namespace

void LiveRegistry::add_anchor(const FleetId& fleet, facts::AnchorAdded fact, Done done) {
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    CHECK(check_anchor_fact(*found, fact, clock_.now()));
    plan.append(fleet, subject_of(fleet), fact);
    return {};
  });
}

void LiveRegistry::remove_anchor(const FleetId& fleet, facts::AnchorRemoved fact, Done done) {
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    CHECK(check_text("why", fact.why, why_bytes_max));
    CHECK(check_text("by", fact.by, label_bytes_max));
    if (!found->ways.anchors.contains(fact.anchor))
      return fail(Errc::not_found, "unknown-anchor", fmt::format("there is no anchor '{}'", fact.anchor.substr(0, 64)));
    plan.append(fleet, subject_of(fleet), fact);
    plan_dismissal(fleet, *found, found->ways.anchors.at(fact.anchor), fact.by, plan);
    return {};
  });
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

std::vector<KnownIdentity> LiveRegistry::living(const FleetId& fleet, const DeviceId& device) const {
  const std::shared_lock lock(mutex_);
  std::vector<KnownIdentity> out;
  const FleetState* const state = state_.find(fleet);
  const HolderState* const row = state == nullptr ? nullptr : state->find_holder(device);
  if (row == nullptr) return out;
  for (const Identity* const identity : living_identities(*state, *row, clock_.now()))
    out.push_back(known_identity(*state, *identity));
  return out;
}

void LiveRegistry::ask_approval(const FleetId& fleet, facts::EnrolmentRequested fact, Asked asked) {
  auto done = std::make_shared<Asked>(std::move(asked));
  auto outcome = std::make_shared<EnrolmentRequest>();
  decide(
      [done, outcome](Result<void> decided) {
        if (!decided) return (*done)(std::unexpected(std::move(decided).error()));
        (*done)(*outcome);
      },
      [&](State& state, Plan& plan) -> Result<void> {
        TRY(const FleetState* const found, require_fleet(state, fleet));
        const Timestamp now = clock_.now();
        if (const EnrolmentRequest* const known = find_request(found->ways, fact, now)) {
          *outcome = *known;
          return {};
        }
        CHECK(check_room(found->ways, fact, now));
        outcome->request = fact.request;
        plan.append(fleet, ledger::subject_of(fact.device), fact);
        return {};
      });
}

void LiveRegistry::decide_request(const FleetId& fleet, const std::string& request, bool approved,
                                  const std::string& why, const std::string& by, Done done) {
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    CHECK(check_text("why", why, why_bytes_max));
    CHECK(check_text("by", by, label_bytes_max));
    const auto row = found->ways.requests.find(request);
    if (row == found->ways.requests.end())
      return fail(Errc::not_found, "unknown-request", fmt::format("there is no request '{}'", request.substr(0, 64)));
    if (row->second.state != RequestState::pending)
      return fail(Errc::conflict, "request-decided",
                  fmt::format("the request is {} already", boost::describe::enum_to_string(row->second.state, "?")));
    if (row->second.expires <= clock_.now())
      return fail(Errc::expired, "request-expired", "the request has expired; the device will ask again");
    plan.append(fleet, ledger::subject_of(row->second.device),
                facts::EnrolmentDecided{
                    .device = row->second.device, .request = request, .approved = approved, .why = why, .by = by});
    return {};
  });
}

Result<std::vector<EnrolmentRequest>> LiveRegistry::requests(const FleetId& fleet) const {
  const Timestamp now = clock_.now();
  return look(fleet, [&](const FleetState& state) -> Result<std::vector<EnrolmentRequest>> {
    std::vector<EnrolmentRequest> out;
    for (const auto& [name, request] : state.ways.requests)
      if (now < request.expires) out.push_back(request);
    std::ranges::sort(out, {}, &EnrolmentRequest::requested);
    return out;
  });
}

void LiveRegistry::record_suspicion(const FleetId& fleet, facts::IdentitySuspected fact) {
  // Changes nothing that decisions are made against, so it needs no turn.
  auto subject = ledger::subject_of(DeviceId(fact.device));
  subject.id.resize(std::min(subject.id.size(), id_bytes_max));
  ledger_.append(ledger::draft_of(fleet, std::move(subject), fact), [](const Result<std::uint64_t>& number) {
    if (!number) log::warn("a suspicion could not be recorded", {{"problem", number.error().text()}});
  });
}

void LiveRegistry::retire_replaced(const std::vector<Connected>& connected) {
  for (const auto& [fleet, device, serial] : connected) {
    decide(
        [](const Result<void>& retired) {
          if (!retired) log::warn("a replaced identity stays valid", {{"problem", retired.error().text()}});
        },
        [&](State& state, Plan& plan) -> Result<void> {
          TRY(const FleetState* const found, require_fleet(state, fleet));
          if (const HolderState* const row = found->find_holder(device))
            plan_retirement(fleet, *found, *row, serial, clock_.now(), plan);
          return {};
        });
  }
}

}  // namespace outrider::fleet
