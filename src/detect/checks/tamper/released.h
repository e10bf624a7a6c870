#pragma once
// Versions of firmware against the list of the profile.
//
// Which of two is older: of two numbers the smaller one; else of two that the profile lists the one that it lists
// first; else neither. So a commit or "2.0-rc1" has an order where a profile gives it one, and a list cannot
// contradict its numbers (fleet/profile/detection_parse.cpp refuses that).
#include <algorithm>
#include <cstdint>

#include "detect/input/contract.h"
#include "detect/input/readings/firmware.h"

namespace outrider::detect {

inline bool says_which(const ReleasedFirmware& released) {
  return !released.versions.empty();
}
inline bool lists(const ReleasedFirmware& released, std::uint64_t version) {
  return std::ranges::find(released.versions, version) != released.versions.end();
}
// Something can be older or newer than it.
inline bool has_order(const ReleasedFirmware& released, std::uint64_t version) {
  return ordered(version) || lists(released, version);
}
inline bool older(const ReleasedFirmware& released, std::uint64_t version, std::uint64_t than) {
  if (ordered(version) && ordered(than)) return version < than;
  const auto left = std::ranges::find(released.versions, version);
  const auto right = std::ranges::find(released.versions, than);
  return left != released.versions.end() && right != released.versions.end() && left < right;
}
// The profile's current version is out: what is below it has no excuse.
inline bool is_out(const ReleasedFirmware& released, double now_s) {
  return says_which(released) && now_s >= released.since_s;
}

}  // namespace outrider::detect
