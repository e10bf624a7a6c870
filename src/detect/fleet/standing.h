#pragma once
// Alerts that were raised and may grow: which one a device's finding belongs to.
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/engine/finding.h"

namespace outrider::detect {

struct Raised {
  std::uint64_t id = 0;       // the alert's, as a number
  std::uint64_t episode = 0;  // entry with which the engine first spoke of it; another one is a new alert
  double at_s = 0;            // when something was said of it last
  float risk = 0;             // as said last
  Level level = Level::none;  // the same
  bool proof = false;         // the same
};

// 16 hexadecimal digits.
std::string alert_text(std::uint64_t id);

class StandingAlerts {
 public:
  static constexpr std::size_t raised_max = 200'000;

  Raised* find(std::uint32_t device, Threat threat);
  // Replaces an earlier one of the same device and threat.
  void put(std::uint32_t device, Threat threat, const Raised& raised);
  void forget(std::uint32_t device);
  // It was resolved: what comes now is another alert.
  void resolved(std::string_view alert);
  std::size_t size() const { return raised_.size(); }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  using Key = std::pair<std::uint32_t, Threat>;
  void make_room();
  void erase(const Key& key);

  std::map<Key, Raised> raised_;
  std::unordered_map<std::uint64_t, Key> by_id_;
};

}  // namespace outrider::detect
