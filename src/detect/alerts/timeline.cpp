#include "detect/alerts/timeline.h"

#include <algorithm>
#include <map>

namespace outrider::detect {
namespace {

// Entries of the fleet looked at before and after the one that completed the alert: some hundredths of a second.
constexpr std::uint64_t around_entries = 2000;
// Of the device itself, to either side.
constexpr std::size_t around_shown = 10;

using Items = std::map<std::uint64_t, TimelineItem>;

TimelineItem item_of(const ledger::Entry& entry, TimelinePart part) {
  return {.entry = entry.number,
          .at = entry.received,
          .kind = std::string(name_of(static_cast<Kind>(entry.kind))),
          .part = part};
}

Result<void> add_evidence(const ledger::Ledger& ledger, const FleetId& fleet, const Alert& alert, Items& items) {
  for (const auto& evidence : alert.said.evidence) {
    for (const std::uint64_t number : evidence.entries) {
      if (!items.contains(number)) {
        TRY(const auto read, ledger.read(fleet, number, 1));
        if (read.empty() || read.front().number != number) continue;
        items.emplace(number, item_of(read.front(), TimelinePart::evidence));
      }
      std::string& text = items.at(number).text;
      if (text.find(evidence.check) == std::string::npos) text += (text.empty() ? "" : ", ") + evidence.check;
    }
  }
  return {};
}

Result<void> add_around(const ledger::Ledger& ledger, const FleetId& fleet, const Alert& alert, Items& items) {
  if (alert.said.device.empty()) return {};
  const std::uint64_t cause = alert.said.cause;
  std::uint64_t from = cause > around_entries ? cause - around_entries : 0;
  std::vector<ledger::Entry> before, after;
  while (from <= cause + around_entries && after.size() < around_shown) {
    TRY(auto read, ledger.read(fleet, from, around_entries));
    if (read.empty()) break;
    from = read.back().number + 1;
    for (auto& entry : read) {
      if (entry.subject.kind != ledger::SubjectKind::device || entry.subject.id != alert.said.device) continue;
      entry.payload.clear();
      auto& side = entry.number <= cause ? before : after;
      if (&side == &before || after.size() < around_shown) side.push_back(std::move(entry));
    }
  }
  if (before.size() > around_shown) before.erase(before.begin(), before.end() - around_shown);
  for (const auto* side : {&before, &after})
    for (const auto& entry : *side) items.emplace(entry.number, item_of(entry, TimelinePart::around));
  return {};
}

}  // namespace

Result<std::vector<TimelineItem>> timeline_of(const ledger::Ledger& ledger, const FleetId& fleet, const Alert& alert) {
  Items items;
  for (const AlertEvent& event : alert.events)
    items[event.entry] = {.entry = event.entry,
                          .at = event.at,
                          .kind = event.what,
                          .part = TimelinePart::life,
                          .by = event.by,
                          .text = event.text};
  CHECK(add_evidence(ledger, fleet, alert, items));
  CHECK(add_around(ledger, fleet, alert, items));
  std::vector<TimelineItem> out;
  for (auto& [number, item] : items) out.push_back(std::move(item));
  return out;
}

}  // namespace outrider::detect
