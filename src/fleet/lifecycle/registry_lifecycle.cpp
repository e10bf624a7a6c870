// A change in a device's life: the one way for operators, playbooks and whoever else decides it.
#include <fmt/format.h>

#include <algorithm>

#include "fleet/lifecycle/lifecycle.h"
#include "fleet/registry/live_registry.h"
#include "ledger/subject.h"

namespace outrider::fleet {
namespace {

using facts::Lifecycle;
using facts::LifecycleEvent;
using ledger::subject_of;

Reached reached_by(const FleetState& state, const DeviceState& row) {
  if (row.serials.empty()) return Reached::nothing;
  const bool connected = std::ranges::any_of(
      row.serials, [&](const auto& serial) { return state.identities.at(serial).connected.has_value(); });
  return connected || row.device.lifecycle == Lifecycle::active ? Reached::session : Reached::identity;
}

// RFC 5280, 5.3.1; empty: they stay. A key that was in other hands is no longer its device's alone.
std::string_view revocation_reason(const StateChange& change) {
  if (change.event == LifecycleEvent::retire) return "cessationOfOperation";
  return change.revoke ? "keyCompromise" : "";
}

struct Judged {
  Transition transition;
  std::vector<std::string> revokes;  // serials
};

Result<Judged> judge(const FleetState& state, const DeviceId& device, const StateChange& change) {
  const DeviceState* const row = state.find_device(device);
  if (row == nullptr) return std::unexpected(unknown_device(device));
  Judged out;
  out.transition.from = row->device.lifecycle;
  TRY(out.transition.to, next_state(device, row->device.lifecycle, change.event, reached_by(state, *row)));
  if (!revocation_reason(change).empty()) {
    for (const auto& serial : row->serials)
      if (!state.identities.at(serial).revoked) out.revokes.push_back(serial);
  }
  out.transition.revoked = out.revokes.size();
  return out;
}

// What led to a change can be read.
Result<void> check_cause(const ledger::Ledger& ledger, const FleetId& fleet, const std::vector<std::uint64_t>& cause) {
  if (cause.empty()) return {};
  TRY(const std::uint64_t durable, ledger.durable(fleet));
  const auto unknown = std::ranges::find_if(cause, [&](std::uint64_t number) { return number >= durable; });
  if (unknown == cause.end()) return {};
  return fail(Errc::not_found, "unknown-entry", fmt::format("cause: there is no entry {}", *unknown));
}

}  // namespace

Result<Transition> LiveRegistry::try_change(const FleetId& fleet, const DeviceId& device,
                                            const StateChange& change) const {
  CHECK(check_change(change));
  TRY(const auto judged,
      look(fleet, [&](const FleetState& state) -> Result<Judged> { return judge(state, device, change); }));
  CHECK(check_cause(ledger_, fleet, change.cause));
  return judged.transition;
}

void LiveRegistry::change_state(const FleetId& fleet, const DeviceId& device, const StateChange& change, Changed done) {
  auto good = check_change(change);
  if (good) good = check_cause(ledger_, fleet, change.cause);
  if (!good) return done(std::unexpected(std::move(good).error()));
  const auto made = std::make_shared<Transition>();
  auto answer = [made, done = std::move(done)](Result<void> outcome) mutable {
    if (!outcome) return done(std::unexpected(std::move(outcome).error()));
    done(*made);
  };
  decide(std::move(answer), [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    TRY(const auto judged, judge(*found, device, change));
    *made = judged.transition;
    const auto& [from, to, revoked] = judged.transition;
    if (change.event == LifecycleEvent::retire) {
      plan.append(fleet, subject_of(device),
                  facts::DeviceRetired{
                      .device = device, .from = from, .why = change.why, .by = change.by, .cause = change.cause});
    } else {
      plan.append(fleet, subject_of(device),
                  facts::DeviceStateChanged{.device = device,
                                            .event = change.event,
                                            .from = from,
                                            .to = to,
                                            .why = change.why,
                                            .by = change.by,
                                            .cause = change.cause});
    }
    for (const auto& serial : judged.revokes)
      plan.append(
          fleet, subject_of(device),
          facts::IdentityRevoked{
              .device = device, .serial = serial, .why = std::string(revocation_reason(change)), .by = change.by});
    // In quarantine a session goes on with fewer rights, and after it with all; in the others there is none.
    if (to == Lifecycle::retired || to == Lifecycle::lost || to == Lifecycle::stolen) {
      plan.expulsions.push_back(
          {fleet, device, {}, fmt::format("device-{}", boost::describe::enum_to_string(to, "?"))});
    } else {
      plan.reconsider = {fleet, device};
    }
    return {};
  });
}

}  // namespace outrider::fleet
