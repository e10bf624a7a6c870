// Bulk files come from spreadsheets, scripts and suppliers. What is accepted holds only valid names, each device once,
// on lines that go forward.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "cli/input/device_csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rows = outrider::cli::parse_device_csv(text);
  if (!rows) {
    if (rows.error().detail.empty()) std::abort();
    return 0;
  }
  std::set<std::string> seen;
  std::size_t line = 1;
  for (const auto& row : *rows) {
    if (!outrider::DeviceId::parse(row.device) || !outrider::ProfileId::parse(row.profile)) std::abort();
    if (!seen.insert(row.device).second || row.line <= line) std::abort();
    line = row.line;
  }
  return 0;
}
