#pragma once
// What detection has said already, by the entries that say it: so that what is read again after a crash is not said
// twice, and what was never said is.
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/result.h"
#include "facts/alerts.h"
#include "ledger/ledger.h"

namespace outrider::detect {

class Said {
 public:
  // Reads the alerts from entry `from` to the end.
  Result<void> read(const ledger::Ledger& ledger, const FleetId& fleet, std::uint64_t from);
  void forget() {
    raised_.clear();
    grown_.clear();
  }

  bool has(const facts::AlertRaised& alert) const { return raised(alert.alert); }
  // Said in these words, or at least as much: growth of an alert that nobody had been told of was raised instead, and
  // another reading finds it to be growth.
  bool has(const facts::AlertGrown& alert) const;
  bool raised(const std::string& alert) const { return raised_.contains(alert); }
  std::size_t size() const { return raised_.size() + grown_.size(); }

 private:
  struct Told {  // the most of each
    double risk = 0;
    facts::AlertLevel level = facts::AlertLevel::ticket;
    bool proof = false;
    std::uint64_t devices = 0;
  };

  void take(const ledger::Entry& entry);
  template <class Alert>
  static void tell(Told& told, const Alert& alert);
  static std::string key(const facts::AlertGrown& alert);

  std::unordered_map<std::string, Told> raised_;  // by alert, with what was told when it grew
  std::unordered_set<std::string> grown_;
};

}  // namespace outrider::detect
