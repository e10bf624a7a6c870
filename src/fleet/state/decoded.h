#pragma once
// A ledger entry with its payload decoded at most once, however many projections look at it.
#include <optional>

#include "base/json.h"
#include "facts/kind.h"
#include "facts/report_content.h"
#include "ledger/entry.h"

namespace outrider::fleet {

class DecodedEntry {
 public:
  explicit DecodedEntry(ledger::Entry entry) : entry_(std::move(entry)) {}

  const ledger::Entry& operator*() const { return entry_; }
  const ledger::Entry* operator->() const { return &entry_; }
  Kind kind() const { return static_cast<Kind>(entry_.kind); }

  // The payload as the described fact; nullopt when shredded or not such a fact.
  template <class Fact>
  std::optional<Fact> fact() const {
    if (entry_.shredded) return std::nullopt;
    auto fact = json::read<Fact>(as_text(entry_.payload));
    if (!fact) return std::nullopt;
    return *std::move(fact);
  }

  // What is inside a telemetry or event entry; nothing for any other, when shredded, or not SenML.
  const facts::ReportContent& report();
  // Its resolved records.
  const wire::senml::Pack& pack() { return report().pack; }

 private:
  ledger::Entry entry_;
  std::optional<facts::ReportContent> report_;
};

}  // namespace outrider::fleet
