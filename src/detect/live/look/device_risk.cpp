#include "detect/live/look/device_risk.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "detect/engine/risk/risk.h"

namespace outrider::detect {
namespace {

constexpr std::array<std::string_view, 3> level_words{"none", "ticket", "page"};

std::uint64_t newest_entry(const Finding& finding) {
  std::uint64_t newest = 0;
  for (std::size_t i = 0; i < finding.families; ++i)
    for (std::size_t k = 0; k < std::min<std::size_t>(finding.evidence[i].entries_used, 3); ++k)
      newest = std::max(newest, finding.evidence[i].entries[k]);
  return newest;
}

}  // namespace

std::optional<DeviceRisk> device_risk(const Engine& engine, const DeviceId& device, Timestamp now) {
  const std::uint32_t index = engine.device(device.value);
  if (index == 0) return std::nullopt;
  const double now_s = std::max(engine.now_s(), static_cast<double>(to_micros(now)) / 1e6);
  const RiskState& risk = engine.state(index).risk;
  Finding highest;
  for (const ThreatInfo& about : threats()) {
    const Finding finding = assess(risk, about.threat, now_s, engine.tuning());
    if (finding.risk > highest.risk) highest = finding;
  }
  if (highest.risk < Surprises::nats_min) return std::nullopt;
  const ThreatInfo& about = info(highest.threat);
  return DeviceRisk{.threat = std::string(about.slug),
                    .title = std::string(about.title),
                    .risk = highest.risk,
                    .level = std::string(level_words[static_cast<std::size_t>(highest.level)]),
                    .proof = highest.proof,
                    .entry = newest_entry(highest)};
}

}  // namespace outrider::detect
