#pragma once
// Random numbers that are the same on every machine for the same seed. The standard library's engines are portable but
// its distributions are not, and a device needs a small state: this is xoshiro256** (32 bytes) seeded by SplitMix64.
// Plausibility, not secrecy: nothing here may become a key.
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace outrider::sim {

// One step of SplitMix64: spreads any 64-bit number over all bits. Also the hash of places (cells, towers).
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

// A seed of one thing (a device) within a run: FNV-1a of the name, mixed with the run's seed.
constexpr std::uint64_t seed_of(std::uint64_t run, std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return mixed(hash ^ mixed(run));
}

// Life cycle: a value owned by whatever draws from it. Not thread-safe.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) {
    for (auto& word : state_) word = seed = mixed(seed);
  }

  constexpr std::uint64_t bits() {
    const std::uint64_t out = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return out;
  }
  // In [0, 1).
  constexpr double unit() { return static_cast<double>(bits() >> 11U) * 0x1.0p-53; }
  constexpr double between(double low, double high) { return low + (high - low) * unit(); }
  // In [0, count); count is at least 1 and small, so the bias of the modulus is nothing.
  constexpr std::size_t below(std::size_t count) { return static_cast<std::size_t>(bits() % count); }
  constexpr bool chance(double probability) { return unit() < probability; }
  // Gaussian by Box and Muller; one of the pair is thrown away to keep the state small.
  double normal(double mean, double deviation) {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - unit()));
    return mean + deviation * radius * std::cos(2.0 * std::numbers::pi * unit());
  }
  // Time to the next event of a Poisson process, in the unit of `mean`.
  double waiting(double mean) { return -mean * std::log(1.0 - unit()); }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace outrider::sim
