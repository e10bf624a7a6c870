#pragma once
// The file of a bulk registration: columns device,profile[,serial_number,label], in any order.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outrider::cli {

// 64 MiB hold a million rows with labels.
inline constexpr std::size_t device_csv_bytes_max = 64UL * 1024 * 1024;

struct DeviceRow {
  std::size_t line = 0;  // of the file, from 1
  std::string device;
  std::string profile;
  std::string serial_number;  // may be empty
  std::string label;          // may be empty
};

// Refused, with the line: text that is no CSV, an unknown column (with a "did you mean"), a missing one, a name that is
// none, a device that stands there twice.
Result<std::vector<DeviceRow>> parse_device_csv(std::string_view text);

}  // namespace outrider::cli
