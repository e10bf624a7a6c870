// Devices: adding them and looking at them.
#include <fmt/format.h>

#include <algorithm>

#include "fleet/registry/live_registry.h"

namespace outrider::fleet {
namespace {

// Devices added under one lock: look-ups wait a millisecond at most.
constexpr std::size_t add_batch = 256;

ledger::Subject subject_of(const DeviceId& device) {
  return {ledger::SubjectKind::device, device.value};
}

Result<void> check_new(const FleetState& state, const facts::DeviceAdded& device) {
  TRY(const DeviceId checked, DeviceId::parse(device.device.value));
  CHECK(check_text("serial_number", device.serial_number.value_or(""), label_bytes_max));
  CHECK(check_text("label", device.label.value_or(""), label_bytes_max));
  if (!state.profiles.contains(device.profile)) {
    return fail(Errc::not_found, "unknown-profile",
                fmt::format("device '{}': there is no profile '{}'", device.device.value, device.profile.value));
  }
  if (state.find_device(device.device) != nullptr) {
    return fail(Errc::conflict, "device-exists", fmt::format("device '{}' exists already", device.device.value));
  }
  return {};
}

bool matches(const Device& device, const DeviceQuery& query) {
  return (!query.profile || device.profile == *query.profile) &&
         (!query.lifecycle || device.lifecycle == *query.lifecycle);
}

}  // namespace

void LiveRegistry::add_devices(const FleetId& fleet, std::vector<facts::DeviceAdded> devices, Added done) {
  if (devices.size() > add_devices_max) {
    return done(fail(Errc::too_large, "too-many", fmt::format("more than {} devices in one call", add_devices_max)));
  }
  std::shared_ptr<Commit> commit;
  for (std::size_t from = 0; from < devices.size() || commit == nullptr; from += add_batch) {
    std::unique_lock lock(mutex_);
    auto ready = check_ready();
    FleetState* const state = state_.find(fleet);
    if (ready && state == nullptr) {
      ready = fail(Errc::not_found, "unknown-fleet", fmt::format("there is no fleet '{}'", fleet.value));
    }
    if (commit == nullptr) {
      if (!ready) {
        lock.unlock();
        return done(std::unexpected(std::move(ready).error()));
      }
      commit = std::make_shared<Commit>(
          health_, std::vector<Result<void>>(devices.size()),
          [done = std::move(done)](std::vector<Result<void>> outcomes) mutable { done(std::move(outcomes)); });
    }
    for (std::size_t i = from; i < std::min(devices.size(), from + add_batch); ++i) {
      const auto good = ready ? check_new(*state, devices[i]) : ready;
      if (!good) {
        commit->refuse(i, good.error());
      } else {
        carry_out(*commit, ledger::draft_of(fleet, subject_of(devices[i].device), devices[i]), i);
      }
    }
  }
  commit->close();
}

Result<DevicePage> LiveRegistry::devices(const FleetId& fleet, const DeviceQuery& query) const {
  return look(fleet, [&](const FleetState& state) -> Result<DevicePage> {
    const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, page_limit_max);
    DevicePage page;
    auto row = query.after >= query.prefix && !query.after.empty() ? state.devices.upper_bound(DeviceId(query.after))
                                                                   : state.devices.lower_bound(DeviceId(query.prefix));
    for (; row != state.devices.end() && row->first.value.starts_with(query.prefix); ++row) {
      if (!matches(row->second.device, query)) continue;
      if (page.devices.size() == limit) {
        page.next = page.devices.back().id.value;
        break;
      }
      page.devices.push_back(row->second.device);
    }
    return page;
  });
}

Result<Device> LiveRegistry::device(const FleetId& fleet, const DeviceId& device) const {
  return look(fleet, [&](const FleetState& state) -> Result<Device> {
    const DeviceState* const row = state.find_device(device);
    if (row == nullptr) return std::unexpected(unknown_device(device));
    return row->device;
  });
}

Result<Posture> LiveRegistry::posture(const FleetId& fleet, const DeviceId& device) const {
  Belief expiry;
  TRY(const Timestamp added, look(fleet, [&](const FleetState& state) -> Result<Timestamp> {
        const DeviceState* const row = state.find_device(device);
        if (row == nullptr) return std::unexpected(unknown_device(device));
        std::optional<Timestamp> latest;
        for (const auto& serial : row->serials) {
          const Identity& identity = state.identities.at(serial);
          if (identity.revoked || (latest && identity.not_after <= *latest)) continue;
          latest = identity.not_after;
          expiry = {.value = to_rfc3339(identity.not_after), .since = identity.issued, .entry = identity.entry};
        }
        return row->device.added;
      }));
  TRY(auto session, database_.read());
  TRY(auto posture, load_posture(session, fleet, device, added));
  if (expiry.value) posture.certificate_expiry = expiry;
  return posture;
}

}  // namespace outrider::fleet
