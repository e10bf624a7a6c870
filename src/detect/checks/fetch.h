#pragma once
// Asks for memory before it is needed. A fleet's state is larger than any cache, and a device is looked at once a
// minute: without asking ahead most of the time would go by in waiting.
#include <cstddef>
#include <cstdint>

namespace outrider::detect {

inline constexpr std::size_t cache_line_bytes = 64;

inline void fetch(const void* what, std::size_t bytes) {
  const auto* at = static_cast<const char*>(what);
  at -= reinterpret_cast<std::uintptr_t>(at) % cache_line_bytes;
  for (const auto* end = static_cast<const char*>(what) + bytes; at < end; at += cache_line_bytes)
    __builtin_prefetch(at);
}

template <class T>
void fetch(const T& what) {
  fetch(&what, sizeof what);
}

}  // namespace outrider::detect
