#include "detect/checks/traffic/traffic_memory.h"

namespace outrider::detect {

void TrafficMemory::save(ByteWriter&) const {}

Result<void> TrafficMemory::load(ByteReader&) {
  return {};
}

}  // namespace outrider::detect
