#pragma once
// What people have said beforehand: this is not to be alerted. Suppressions (until they expire) and maintenance
// (between two moments).
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/engine/engine.h"
#include "detect/engine/finding.h"
#include "facts/alerts.h"
#include "ledger/entry.h"

namespace outrider::detect {

// At once in force, of each. Each finding is compared with all of them.
inline constexpr std::size_t suppressions_max = 1000;
inline constexpr std::size_t maintenance_max = 1000;

// What maintenance excuses when it names no threats: what hands, an interrupted supply and a new firmware look like.
inline constexpr std::array maintenance_threats{Threat::tampering, Threat::silence, Threat::firmware_rollback};

class Excuses {
 public:
  // Adds, lifts and ends; other kinds are passed over.
  void apply(const ledger::Entry& entry);
  // Takes what is suppressed out of the finding. True when what is left is nothing to be said.
  bool excuse(Finding& finding, const Engine& engine) const;
  std::size_t size() const { return rules_.size(); }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  // One of either sort. Empty texts and absent numbers match everything.
  struct Rule {
    bool maintenance = false;
    std::string id, device, profile;
    CheckId check = CheckId::none;
    std::uint32_t threats = 0;  // a bit each; 0: all
    double from_s = 0, until_s = 0;
  };
  void add(Rule rule, double now_s);
  void remove(bool maintenance, std::string_view id);

  std::vector<Rule> rules_;
};

}  // namespace outrider::detect
