#include "detect/engine/snapshot/layout.h"

#include <bit>

#include "detect/engine/device_state.h"
#include "detect/input/hash.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

constexpr std::uint64_t meaning = 1;

}  // namespace

std::uint64_t layout() {
  std::uint64_t sum = meaning;
  const auto add = [&](std::uint64_t value) { sum = mix(sum ^ value); };
  add(std::endian::native == std::endian::little ? 1 : 2);
  for (const std::size_t size :
       {sizeof(DeviceState), sizeof(IdentityState), sizeof(MotionState), sizeof(GnssState), sizeof(RadioState),
        sizeof(PhysicsState), sizeof(ChannelState), sizeof(TrafficState), sizeof(TamperState), sizeof(RiskState)})
    add(size);
  for (const CheckInfo& check : checks()) {
    add(static_cast<std::uint64_t>(check.id));
    add(hash_of(check.slug));
  }
  return sum;
}

}  // namespace outrider::detect
