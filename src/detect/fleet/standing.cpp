#include "detect/fleet/standing.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "detect/fleet/snapshot/finding_codec.h"

namespace outrider::detect {

std::string alert_text(std::uint64_t id) {
  return fmt::format("{:016x}", id);
}

Raised* StandingAlerts::find(std::uint32_t device, Threat threat) {
  const auto found = raised_.find({device, threat});
  return found == raised_.end() ? nullptr : &found->second;
}

void StandingAlerts::erase(const Key& key) {
  const auto found = raised_.find(key);
  if (found == raised_.end()) return;
  by_id_.erase(found->second.id);
  raised_.erase(found);
}

void StandingAlerts::put(std::uint32_t device, Threat threat, const Raised& raised) {
  const Key key{device, threat};
  erase(key);
  if (raised_.size() >= raised_max) make_room();
  raised_[key] = raised;
  by_id_[raised.id] = key;
}

// Those of which nothing was said for longest are over by now, or will be new when they come back.
void StandingAlerts::make_room() {
  std::vector<std::pair<double, Key>> by_age;
  by_age.reserve(raised_.size());
  for (const auto& [key, one] : raised_) by_age.emplace_back(one.at_s, key);
  std::ranges::sort(by_age);
  by_age.resize(by_age.size() / 4 + 1);
  for (const auto& [at, key] : by_age) erase(key);
}

void StandingAlerts::forget(std::uint32_t device) {
  for (const ThreatInfo& about : threats()) erase({device, about.threat});
}

void StandingAlerts::resolved(std::string_view alert) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(alert.data(), alert.data() + alert.size(), id, 16);
  if (error != std::errc() || end != alert.data() + alert.size()) return;
  if (const auto found = by_id_.find(id); found != by_id_.end()) erase(Key(found->second));
}

void StandingAlerts::save(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(raised_.size()));
  for (const auto& [key, one] : raised_) {
    out.u32(key.first).u8(static_cast<std::uint8_t>(key.second)).u64(one.id).u64(one.episode);
    save_double(out, one.at_s);
    save_double(out, one.risk);
    out.u8(static_cast<std::uint8_t>(one.level)).u8(one.proof ? 1 : 0);
  }
}

Result<void> StandingAlerts::load(ByteReader& in) {
  TRY(const auto count, in.u32());
  if (count > raised_max) return fail(Errc::corrupt, "bad-snapshot", "the detection snapshot has too many alerts");
  raised_.clear();
  by_id_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(const auto device, in.u32());
    TRY(const auto threat, in.u8());
    Raised one;
    TRY(one.id, in.u64());
    TRY(one.episode, in.u64());
    TRY(one.at_s, load_double(in));
    TRY(const auto risk, load_double(in));
    one.risk = static_cast<float>(risk);
    TRY(const auto level, in.u8());
    one.level = static_cast<Level>(level);
    TRY(const auto proof, in.u8());
    one.proof = proof != 0;
    put(device, static_cast<Threat>(threat), one);
  }
  return {};
}

}  // namespace outrider::detect
