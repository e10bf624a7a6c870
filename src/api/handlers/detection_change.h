#pragma once
// What somebody wants to turn, checked.
#include <boost/describe.hpp>
#include <optional>
#include <string>

#include "api/house.h"
#include "facts/alerts.h"

namespace outrider::api {

struct DetectionChange {
  std::string what;  // slug of a check, or page-budget, page-risk, ticket-risk
  std::optional<std::string> profile;
  std::optional<bool> enabled;
  std::optional<double> factor;
};
BOOST_DESCRIBE_STRUCT(DetectionChange, (), (what, profile, enabled, factor))

struct WantedTuning {
  std::string what;
  std::optional<std::string> profile;
  std::optional<bool> enabled;
  std::optional<double> factor;
  std::string reason;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(WantedTuning, (), (what, profile, enabled, factor, reason, dry_run))

// Refused: no-such-check (with the name that may have been meant), bad-value, no-such-profile.
Result<detect::CheckId> detection_check(const std::string& slug);
Result<facts::DetectionTuned> detection_change(const House& house, const FleetId& fleet, const DetectionChange& change);

}  // namespace outrider::api
