#include "detect/engine/tuning.h"

#include <algorithm>

namespace outrider::detect {
namespace {

// Checks times profiles, with room; whoever turns more dials than that has lost his way.
constexpr std::size_t dials_max = 10'000;
constexpr double factor_max = 100, risk_min = 1, risk_max = 1000, budget_max = 100'000;

}  // namespace

bool apply(const facts::DetectionTuned& fact, Tuning& tuning) {
  if (fact.what == "page-risk") {
    tuning.page_risk = std::clamp(fact.factor, risk_min, risk_max);
  } else if (fact.what == "ticket-risk") {
    tuning.ticket_risk = std::clamp(fact.factor, risk_min, risk_max);
  } else if (fact.what == "page-budget") {
    tuning.page_budget = std::clamp(fact.factor, 0.0, budget_max);
  } else if (const auto check = check_from_slug(fact.what)) {
    const std::pair key{*check, fact.profile};
    const Tuning::Dial dial{fact.enabled, std::clamp(fact.factor, 0.0, factor_max)};
    const bool neutral = dial.enabled && dial.factor == 1;
    if (neutral) {
      tuning.dials.erase(key);
    } else if (tuning.dials.size() < dials_max || tuning.dials.contains(key)) {
      tuning.dials[key] = dial;
    }
  } else {
    return false;
  }
  return true;
}

}  // namespace outrider::detect
