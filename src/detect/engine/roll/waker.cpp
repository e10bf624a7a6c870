#include "detect/engine/roll/waker.h"

#include <algorithm>
#include <functional>

namespace outrider::detect {

void Waker::add(std::uint32_t at_s, std::uint32_t device) {
  heap_.push_back(static_cast<std::uint64_t>(at_s) << 32U | device);
  std::ranges::push_heap(heap_, std::greater{});
}

std::optional<Waker::Visit> Waker::due(std::uint32_t now_s) {
  if (heap_.empty() || heap_.front() >> 32U > now_s) return std::nullopt;
  const Visit visit{static_cast<std::uint32_t>(heap_.front() >> 32U), static_cast<std::uint32_t>(heap_.front())};
  std::ranges::pop_heap(heap_, std::greater{});
  heap_.pop_back();
  return visit;
}

std::array<std::uint32_t, 3> Waker::soon() const {
  std::array<std::uint32_t, 3> devices{};
  for (std::size_t i = 0; i < std::min(devices.size(), heap_.size()); ++i)
    devices[i] = static_cast<std::uint32_t>(heap_[i]);
  return devices;
}

}  // namespace outrider::detect
