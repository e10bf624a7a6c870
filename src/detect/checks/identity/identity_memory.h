#pragma once
// Keys of all identities, the networks, countries and TLS stacks in which the fleet lives, and who was refused an
// identity. Bounded: what is full learns nothing new and counts it as seen, so that it never cries for want of room.
#include <array>
#include <cstdint>
#include <map>
#include <unordered_map>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::detect {

// How often things of a kind came up: how likely is the next one this thing? What never came up has the share of all
// things that were new once (Good and Turing's thought, by the rate of discovery).
class Census {
 public:
  static constexpr std::size_t kinds_max = 4096;
  double probability(std::uint32_t thing) const;
  // P(the next thing is as rare as this one, or rarer): where twenty places are equally usual none of them is odd.
  double rarity(std::uint32_t thing) const;
  void add(std::uint32_t thing);
  std::uint64_t total() const { return total_; }
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  std::map<std::uint32_t, std::uint32_t> counts_;
  std::uint64_t total_ = 0;
};

class IdentityMemory {
 public:
  static constexpr std::size_t keys_max = 1'000'000;
  static constexpr std::size_t addresses_max = 256;
  static constexpr std::size_t moves_max = 16'384;

  // The device that the key was first issued to, which may be this one; remembers it when there is none.
  std::uint32_t holder_of_key(std::uint64_t key, std::uint32_t device);

  // A device came up at a place: for the first time at this one, or again.
  Census places;
  std::uint64_t sessions = 0, place_changes = 0;

  Census stacks;  // TLS fingerprints to which a device changed
  std::uint64_t handshakes = 0, stack_changes = 0;

  // Of devices that were in `from` and came up again, whenever and wherever, the share that did so in `to` within the
  // span of time; counts this one afterwards. 1 beyond the last span.
  static constexpr std::uint8_t spans = 3;
  double share_of_move(std::uint16_t from, std::uint16_t to, std::uint8_t span);

  // Names refused an identity from one address within the hour, this one included; estimated beyond a hundred.
  double names_refused(std::uint64_t address, std::uint64_t name, double now_s);

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  struct Refused {
    std::array<std::uint64_t, 4> names{};  // a bit a name, by its hash
    std::uint32_t since_s = 0, last_s = 0;
  };
  std::unordered_map<std::uint64_t, std::uint32_t> keys_;
  std::map<std::uint64_t, std::uint32_t>
      moves_;                                 // span << 32 | from << 16 | to; to 0: from there to anywhere, whenever
  std::map<std::uint64_t, Refused> refused_;  // by address
};

}  // namespace outrider::detect
