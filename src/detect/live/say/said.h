#pragma once
// What detection has said already, by the entries that say it: so that what is read again after a crash is not said
// twice, and what was never said is.
#include <string>
#include <unordered_set>

#include "base/result.h"
#include "facts/alerts.h"
#include "ledger/ledger.h"

namespace outrider::detect {

class Said {
 public:
  // Reads the alerts from entry `from` to the end.
  Result<void> read(const ledger::Ledger& ledger, const FleetId& fleet, std::uint64_t from);
  void forget() { keys_.clear(); }

  bool has(const facts::AlertRaised& alert) const { return keys_.contains(key(alert)); }
  bool has(const facts::AlertGrown& alert) const { return keys_.contains(key(alert)); }
  bool raised(const std::string& alert) const { return keys_.contains(alert); }
  std::size_t size() const { return keys_.size(); }

 private:
  void take(const ledger::Entry& entry);
  static std::string key(const facts::AlertRaised& alert);
  static std::string key(const facts::AlertGrown& alert);

  std::unordered_set<std::string> keys_;
};

}  // namespace outrider::detect
