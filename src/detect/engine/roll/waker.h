#pragma once
// Who is looked at next although it said nothing. Silence makes no entry, so the engine visits a device when it has
// been quiet for its interval, driven by the time of everybody's entries and of clock ticks: live and in replay alike.
#include <cstdint>
#include <optional>
#include <vector>

namespace outrider::detect {

// A heap of (second, device). A device stands in it at most once; what is popped is ordered by time and then index,
// whatever the heap looks like inside.
class Waker {
 public:
  void add(std::uint32_t at_s, std::uint32_t device);
  // The device whose time has come, taken out; nothing when there is none.
  std::optional<std::uint32_t> due(std::uint32_t now_s);
  void clear() { heap_.clear(); }

 private:
  std::vector<std::uint64_t> heap_;  // second << 32 | device; the smallest in front
};

}  // namespace outrider::detect
