#pragma once
// What operators may turn (entry detection.tuned): which checks speak and how loud, and what risk is worth a page.
#include <map>
#include <string>

#include "detect/vocabulary/check.h"
#include "facts/alerts.h"

namespace outrider::detect {

struct Tuning {
  struct Dial {
    bool enabled = true;
    double factor = 1;  // surprise is multiplied by it
  };
  std::map<std::pair<CheckId, std::string>, Dial> dials;  // by check and profile; profile "": all
  double page_risk = 12;  // nats: e^-12, about one in 160,000 observations of a device by chance
  double ticket_risk = 7;
  double family_least = 3;  // a family counts as a second opinion from here on
  double page_budget = 1;   // pages per 1,000 devices and day that rest on probabilities; the rest become tickets
};

// What an operator said about it. False, and nothing changed, when nothing is called that.
bool apply(const facts::DetectionTuned& fact, Tuning& tuning);

}  // namespace outrider::detect
