#include "detect/input/readings/firmware.h"

#include "detect/input/hash.h"
#include "facts/firmware.h"

namespace outrider::detect {

std::uint64_t pack_firmware(std::string_view version) {
  if (version.empty()) return 0;
  const auto number = facts::version_number(version);
  return number ? *number : hash_of(version) | firmware_unordered;
}

}  // namespace outrider::detect
