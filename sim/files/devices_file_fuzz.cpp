// The list of devices: whatever is accepted has valid, different names and codes that fit an HTTP header.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "base/bytes.h"
#include "sim/files/devices_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto parsed = sim::parse_devices(as_text({data, size}), "f.csv");
  if (!parsed) {
    if (parsed.error().text().find("f.csv") == std::string::npos) std::abort();
    return 0;
  }
  std::set<std::string> seen;
  for (const auto& line : *parsed) {
    if (!DeviceId::parse(line.device.value) || !ProfileId::parse(line.profile.value)) std::abort();
    if (!seen.insert(line.device.value).second) std::abort();
    for (const char c : line.code) {
      if (c <= ' ' || c >= 0x7F) std::abort();
    }
  }
  return parsed->empty() ? (std::abort(), 0) : 0;
}
