#pragma once
// One side of a replay's comparison: what is said in the stretch, by a detector or by the ledger.
#include <set>
#include <vector>

#include "detect/fleet/fleet_stage.h"
#include "detect/replay/replay.h"

namespace outrider::detect {

class Side {
 public:
  void hear(const facts::AlertRaised& alert, Timestamp at);
  void hear(const facts::AlertGrown& alert, Timestamp at);
  void hear(const Conclusions& conclusions, Timestamp at);
  // Of the ledger: alerts that were raised or have grown.
  void hear(const ledger::Entry& entry);

  // Alerts, and those of them that are pages by the end.
  std::uint64_t pages() const;
  std::uint64_t tickets() const { return alerts_.size() - pages(); }
  // An alert of the same device (or incident) and threat: its id says which entry completed it, and that may move.
  bool has(const ReplayedAlert& alert) const { return seen_.contains({alert.device, alert.threat}); }
  // The first of those that the other side has not (`only_missing`), or all.
  std::vector<ReplayedAlert> list(const Side& other, bool only_missing) const;

 private:
  std::vector<ReplayedAlert> alerts_;
  std::map<std::string, std::size_t> index_;  // by id
  std::set<std::pair<std::string, std::string>> seen_;
};

}  // namespace outrider::detect
