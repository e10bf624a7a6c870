#pragma once
// How long devices of the fleet stay silent, against what each of them is known for: so that three reports that do not
// come are odd in a fleet that never misses one, and everyday life in one that crosses the Alps.
#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::detect {

class RhythmMemory {
 public:
  // Four to a doubling, from 1 upwards; the last takes all beyond 215 times.
  static constexpr std::size_t bins = 32;

  // A device was heard of after `seconds`, in which it was expected to speak; `ratio`: over the gap that is usual of
  // it.
  void add(double seconds, double ratio);
  // P(a device, within a day, begins to be silent for so many times its usual gap, or longer): from the days of devices
  // and the gaps that were counted, and a prior that they outweigh.
  double probability(double ratio) const;
  double days() const { return days_; }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  std::array<std::uint32_t, bins> gaps_{};
  double days_ = 0;
};

}  // namespace outrider::detect
