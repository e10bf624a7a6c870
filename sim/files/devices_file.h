#pragma once
// The list of devices to play: CSV with the columns device, profile and code, as `outrider device add --codes` writes
// it.
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace outrider::sim {

inline constexpr std::size_t devices_file_bytes_max = 64UL * 1024 * 1024;
inline constexpr std::size_t devices_max = 200'000;  // more sockets than one address and port can be reached from
inline constexpr std::size_t code_bytes_max = 128;

struct DeviceLine {
  DeviceId device;
  ProfileId profile;
  std::string code;  // empty: must have a certificate from an earlier run
};

// Errors name `file`, the line and what is wrong with it. Columns may stand in any order; others are refused, so that a
// mistyped header does not go unnoticed. A device may be named once.
Result<std::vector<DeviceLine>> parse_devices(std::string_view csv, std::string_view file);

}  // namespace outrider::sim
