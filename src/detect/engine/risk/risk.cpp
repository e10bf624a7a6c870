#include "detect/engine/risk/risk.h"

#include <algorithm>
#include <cmath>

namespace outrider::detect {
namespace {

constexpr float growth = 1.5F;

const CheckInfo* used(const Evidence& evidence) {
  return evidence.check == CheckId::none ? nullptr : info(evidence.check);
}

float risk_of(const RiskState& state, Threat threat, double now_s) {
  float sum = 0;
  for (const Evidence& kept : state.evidence)
    if (kept.check != CheckId::none && kept.threat == threat) sum += weight(kept, now_s);
  return sum;
}

}  // namespace

float weight(const Evidence& evidence, double now_s) {
  const double age = std::max(0.0, now_s - evidence.at_s);
  return evidence.nats * std::exp2(-static_cast<float>(age / info(evidence.threat).half_life_s));
}

void remember(RiskState& state, const Evidence& evidence, double now_s) {
  const CheckInfo* about = used(evidence);
  if (about == nullptr) return;
  Evidence* place = nullptr;
  float least = evidence.nats;
  for (Evidence& kept : state.evidence) {
    const CheckInfo* other = used(kept);
    if (other == nullptr) {
      if (least >= 0) place = &kept;
      least = -1;  // free: nothing makes room, but the same threat and family may still come
      continue;
    }
    const float weighs = weight(kept, now_s);
    if (other->family == about->family && kept.threat == evidence.threat) {
      const bool same = kept.check == evidence.check;
      const auto count = static_cast<std::uint16_t>(std::min<std::uint32_t>(kept.count + 1U, 0xFFFF));
      if (evidence.nats >= weighs) kept = evidence;
      if (same) kept.count = count;
      return;
    }
    if (weighs < least) {
      least = weighs;
      place = &kept;
    }
  }
  if (place != nullptr) *place = evidence;
}

Finding assess(const RiskState& state, Threat threat, double now_s, const Tuning& tuning) {
  Finding finding;
  finding.threat = threat;
  std::array<float, family_count> weighs{};
  int opinions = 0;
  for (const Evidence& kept : state.evidence) {
    const CheckInfo* about = used(kept);
    if (about == nullptr || kept.threat != threat || finding.families == family_count) continue;
    const float nats = weight(kept, now_s);
    finding.risk += nats;
    const bool counts = nats >= tuning.family_least;
    if (counts) ++opinions;
    if (counts && about->proof) finding.proof = true;
    // Strongest first; of equals the one that stands first.
    std::size_t at = finding.families++;
    for (; at > 0 && weighs[at - 1] < nats; --at) {
      weighs[at] = weighs[at - 1];
      finding.evidence[at] = finding.evidence[at - 1];
    }
    weighs[at] = nats;
    finding.evidence[at] = kept;
  }
  const bool ticket = finding.risk >= tuning.ticket_risk;
  const bool page = ticket && (finding.proof || (opinions >= 2 && finding.risk >= tuning.page_risk));
  finding.level = page ? Level::page : ticket ? Level::ticket : Level::none;
  return finding;
}

void forget_over(RiskState& state, Threat threat, double now_s, const Tuning& tuning) {
  for (auto& said : state.said)
    if (said.threat == threat && risk_of(state, threat, now_s) < tuning.ticket_risk / 2) said = {};
}

bool worth_saying(RiskState& state, const Finding& finding, double now_s) {
  if (finding.level == Level::none) return false;
  const auto level = static_cast<std::uint8_t>(finding.level);
  const auto remembered = [&](RiskState::Said& said) {
    said.risk = finding.risk;
    said.at_s = static_cast<std::uint32_t>(now_s);
    said.threat = finding.threat;
    said.level = level;
  };
  for (auto& said : state.said) {
    if (said.threat != finding.threat) continue;
    if (level <= said.level && finding.risk < growth * said.risk) return false;
    const auto highest = std::max(level, said.level);
    remembered(said);
    said.level = highest;
    return true;
  }
  // A free place, or that of the oldest.
  auto* place = std::ranges::min_element(state.said, [](const auto& a, const auto& b) {
    return a.threat == Threat{} ? b.threat != Threat{} : b.threat != Threat{} && a.at_s < b.at_s;
  });
  *place = {};
  place->entry = finding.entry;
  remembered(*place);
  return true;
}

}  // namespace outrider::detect
