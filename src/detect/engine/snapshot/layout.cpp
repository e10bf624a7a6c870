#include "detect/engine/snapshot/layout.h"

#include <bit>

#include "detect/detector_sources.h"
#include "detect/engine/device_state.h"
#include "detect/input/hash.h"

namespace outrider::detect {

std::uint64_t layout() {
  const std::uint64_t machine = std::endian::native == std::endian::little ? 1 : 2;
  return mix(hash_of(embedded::detector_sources) ^ mix(machine ^ sizeof(DeviceState) << 8U));
}

}  // namespace outrider::detect
