#pragma once
// When the keys in use began: how many in each second, so that the oldest is known whichever of them goes.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "base/time.h"

namespace outrider::net::tls {

class KeyAges {
 public:
  void add(Timestamp began) { ++counts_[second_of(began)]; }
  // As many times as add() with that second.
  void remove(Timestamp began) {
    if (const auto found = counts_.find(second_of(began)); --found->second == 0) counts_.erase(found);
  }
  std::optional<Timestamp> oldest() const {
    if (counts_.empty()) return std::nullopt;
    return Timestamp{std::chrono::seconds{counts_.begin()->first}};
  }

 private:
  static std::uint32_t second_of(Timestamp time) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
  }
  std::map<std::uint32_t, std::uint32_t> counts_;
};

}  // namespace outrider::net::tls
