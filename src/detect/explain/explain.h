#pragma once
// What people read about an alert: made of evidence and figures alone, never of text that a device sent.
#include <string>
#include <vector>

#include "detect/engine/finding.h"
#include "detect/engine/tuning.h"
#include "facts/alerts.h"

namespace outrider::detect {

std::string_view slug_of(Family family);  // "gnss"

facts::AlertLevel level_of(Level level);  // none is no alert

// The evidence of a finding as an entry keeps it, strongest family first.
std::vector<facts::AlertEvidence> evidence_of(const Finding& finding);

// The ATT&CK ids of a threat.
std::vector<std::string> techniques_of(Threat threat);

// One paragraph: what each family says, the heaviest first, what it weighs, and what that is worth together.
std::string explanation_of(const Finding& finding, const Tuning& tuning);

// Why devices that show the same are one incident. `what` they share, in words: "in one area".
struct Shared {
  std::size_t devices = 0;
  std::string_view what;
  std::string_view likely;  // "an outage of the carrier"; empty: nothing is said about the cause
  double within_s = 0;      // from the first to the last of them
  bool pages = false;
};
std::string incident_title(Threat threat, const Shared& shared);
std::string incident_explanation(const Finding& example, const Shared& shared);

}  // namespace outrider::detect
