#pragma once
// Firmware versions that devices of each profile run.
#include <cstdint>
#include <map>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::detect {

class TamperMemory {
 public:
  // Operators add profiles by hand; a version is one of a few a year. What is more is not remembered and counts as
  // known.
  static constexpr std::size_t profiles_max = 1'000;
  static constexpr std::size_t versions_max = 512;

  struct Peers {
    std::uint32_t devices = 0;  // whose version is known
    std::uint32_t same = 0;     // that run this version, the one that asks included
    std::uint32_t lowered = 0;  // that came to it from a higher one lately, one soon after the other
    bool known = true;          // somebody has ever run it
    bool newest = false;        // a number higher than any seen
    double discovery = 1;       // share of changes that lead to a version nobody had
  };
  // A device changed its version; `from` 0: its first. What was known of `to` before.
  Peers change(std::string_view profile, std::uint64_t from, std::uint64_t to, double now_s);

  struct Majority {
    std::uint64_t version = 0;  // most devices run it; 0: none is run by most
    double share = 0;
    double since_s = 0;
    std::uint32_t devices = 0;
  };
  Majority majority(std::string_view profile) const;

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  struct Version {
    std::uint32_t devices = 0;
    std::uint32_t lowered = 0, lowered_s = 0;  // in one run; when its last one was
  };
  struct Profile {
    std::map<std::uint64_t, Version> versions;
    std::uint32_t devices = 0, majority_s = 0;
    std::uint64_t changes = 0, highest = 0, majority = 0;
  };
  std::map<std::uint64_t, Profile> profiles_;  // by the hash of its id
};

}  // namespace outrider::detect
