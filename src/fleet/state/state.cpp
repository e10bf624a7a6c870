#include "fleet/state/state.h"

#include <utility>

#include "facts/holder.h"

namespace outrider::fleet {

std::uint64_t& counter_of(Counts& counts, facts::Lifecycle lifecycle) {
  switch (lifecycle) {
    case facts::Lifecycle::expected:
      return counts.expected;
    case facts::Lifecycle::enrolled:
      return counts.enrolled;
    case facts::Lifecycle::active:
      return counts.active;
    case facts::Lifecycle::quarantined:
      return counts.quarantined;
    case facts::Lifecycle::retired:
      return counts.retired;
    case facts::Lifecycle::lost:
      return counts.lost;
    case facts::Lifecycle::stolen:
      break;
  }
  return counts.stolen;
}

DeviceState* FleetState::find_device(const DeviceId& id) {
  const auto found = devices.find(id);
  return found == devices.end() ? nullptr : &found->second;
}

const DeviceState* FleetState::find_device(const DeviceId& id) const {
  const auto found = devices.find(id);
  return found == devices.end() ? nullptr : &found->second;
}

const ApplicationState* FleetState::find_application(const ApplicationId& id) const {
  const auto found = applications.find(id);
  return found == applications.end() ? nullptr : &found->second;
}

HolderState* FleetState::find_holder(const DeviceId& holder) {
  return const_cast<HolderState*>(std::as_const(*this).find_holder(holder));
}

const HolderState* FleetState::find_holder(const DeviceId& holder) const {
  if (const auto application = facts::application_of(holder)) return find_application(*application);
  return find_device(holder);
}

const Identity* FleetState::find_identity(const std::string& serial) const {
  const auto found = identities.find(serial);
  return found == identities.end() ? nullptr : &found->second;
}

FleetState* State::find(const FleetId& fleet) {
  const auto found = fleets.find(fleet);
  return found == fleets.end() ? nullptr : &found->second;
}

const FleetState* State::find(const FleetId& fleet) const {
  const auto found = fleets.find(fleet);
  return found == fleets.end() ? nullptr : &found->second;
}

void State::adopt_grants(State& earlier) {
  for (auto& [fleet, row] : fleets) {
    FleetState* const before = earlier.find(fleet);
    if (before == nullptr) continue;
    for (auto& [id, application] : row.applications) {
      const auto held = before->applications.find(id);
      if (held == before->applications.end()) continue;
      held->second.grants->set(*application.grants->now());
      application.grants = held->second.grants;
    }
  }
}

}  // namespace outrider::fleet
