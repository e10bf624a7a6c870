#include "detect/engine/check_context.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace outrider::detect {
namespace {

// Figures go into sentences, JSON and the snapshot: nothing there is infinite or not a number.
float finite(float value) {
  if (std::isnan(value)) return 0;
  return std::clamp(value, std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max());
}

}  // namespace

void Surprises::keep(Evidence evidence) {
  if (observation_ == nullptr) return;
  const CheckInfo* about = info(evidence.check);
  if (about == nullptr) return;
  evidence.nats = std::min(evidence.nats, nats_max);
  evidence.observed = finite(evidence.observed);
  evidence.expected = finite(evidence.expected);
  evidence.limit = finite(evidence.limit);
  for (float& figure : evidence.more) figure = finite(figure);
  if (evidence.threat == Threat{}) evidence.threat = about->threat;
  if (evidence.at_s == 0) evidence.at_s = static_cast<std::uint32_t>(observation_->received_s);
  if (evidence.entries_used == 0) {
    evidence.entries[0] = observation_->entry;
    evidence.entries_used = 1;
  }
  if (count_ < count_max) {
    found_[count_++] = evidence;
    return;
  }
  const auto weakest = std::ranges::min_element(found_, {}, &Evidence::nats);
  if (weakest->nats < evidence.nats) *weakest = evidence;
}

}  // namespace outrider::detect
