#pragma once
// What happened around an alert, in order: its evidence, what else its device did about then, what people said of it
// and what was done.
#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "detect/alerts/alert.h"
#include "ledger/ledger.h"

namespace outrider::detect {

enum class TimelinePart : std::uint8_t { evidence, around, life };
BOOST_DESCRIBE_ENUM(TimelinePart, evidence, around, life)

struct TimelineItem {
  std::uint64_t entry = 0;
  Timestamp at;
  std::string kind;
  TimelinePart part = TimelinePart::around;
  std::string by;    // life: who
  std::string text;  // life: what; evidence: the checks that rest on it
};
BOOST_DESCRIBE_STRUCT(TimelineItem, (), (entry, at, kind, part, by, text))

// Reads a bounded stretch of the ledger around each piece of evidence.
Result<std::vector<TimelineItem>> timeline_of(const ledger::Ledger& ledger, const FleetId& fleet, const Alert& alert);

}  // namespace outrider::detect
