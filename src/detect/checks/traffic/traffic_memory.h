#pragma once
// Commands that were given, by whom.
#include "base/bytes.h"
#include "base/result.h"

namespace outrider::detect {

class TrafficMemory {
 public:
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);
};

}  // namespace outrider::detect
