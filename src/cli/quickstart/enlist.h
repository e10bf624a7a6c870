#pragma once
// The demonstration fleet: made when missing, and brought to the number of devices that is wanted.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/remote/api.h"

namespace outrider::cli {

struct PlannedDevice {
  std::string device;
  std::string profile;
  bool operator==(const PlannedDevice&) const = default;
};

// `count` devices, the profiles in turn: "fleet-tracker-0001", "container-dry-0001" … The same names each time.
std::vector<PlannedDevice> planned_devices(std::size_t count, const std::vector<std::string>& profiles);

// Called between requests with how far it is; false gives up.
using Enlisting = std::function<bool(std::uint64_t done, std::uint64_t total)>;

// Makes fleet and profiles where missing, registers the planned devices that are not there yet, gets a code for each
// that has no certificate in the simulator's state, and writes the simulator's devices file (device,profile,code;
// 0600).
Result<std::vector<PlannedDevice>> enlist(Api& server, const std::string& fleet, std::size_t count,
                                          const std::filesystem::path& simulation, const Enlisting& progress);

// How many of the planned devices have been given an identity.
Result<std::uint64_t> count_enrolled(Api& server, const std::string& fleet, const std::vector<PlannedDevice>& planned);

}  // namespace outrider::cli
