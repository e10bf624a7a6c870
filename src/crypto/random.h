#pragma once
// Random bytes of the library's generator, seeded by the kernel. Failure aborts: without randomness nothing here is
// safe. Any thread.
#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace outrider::crypto {

void fill_random(std::span<std::uint8_t> out);
Bytes random_bytes(std::size_t count);
// From the generator reserved for values that stay secret.
Secret random_secret(std::size_t count);

template <std::size_t count>
std::array<std::uint8_t, count> random_array() {
  std::array<std::uint8_t, count> out{};
  fill_random(out);
  return out;
}

}  // namespace outrider::crypto
