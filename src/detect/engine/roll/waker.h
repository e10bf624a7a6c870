#pragma once
// Who is looked at next although it said nothing. Silence makes no entry, so the engine visits a device when it has
// been quiet for its interval, driven by the time of everybody's entries and of clock ticks: live and in replay alike.
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace outrider::detect {

// A heap of (second, device). What comes out is ordered by time and then by index, whatever the heap looks like inside.
// A device whose visit was put off or moved forward stands in it twice; its state says which of the two counts.
class Waker {
 public:
  void add(std::uint32_t at_s, std::uint32_t device);
  struct Visit {
    std::uint32_t at_s, device;
    bool operator==(const Visit&) const = default;
  };
  // Whose time has come, taken out; nothing when there is none.
  std::optional<Visit> due(std::uint32_t now_s);
  // The next one and two of those that may come after it; 0: none.
  std::array<std::uint32_t, 3> soon() const;

 private:
  std::vector<std::uint64_t> heap_;  // second << 32 | device; the smallest in front
};

}  // namespace outrider::detect
