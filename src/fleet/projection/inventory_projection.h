#pragma once
// Writes the tables of schema/0001_inventory.sql from entries, by the same rules as State::apply. Private to the room;
// used by the projector's thread.
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fleet/signed/mark_tables.h"
#include "fleet/state/decoded.h"
#include "fleet/state/inventory.h"
#include "store/database.h"

namespace outrider::fleet {

class InventoryTables {
 public:
  Result<void> apply(store::Session& session, DecodedEntry& entry);
  Result<void> flush(store::Session& session);
  void reset() {
    beliefs_.clear();
    seen_.clear();
    devices_.clear();
    marks_.reset();
  }

 private:
  // When a device was last heard of; `how` is empty when not since the last flush.
  struct LastSeen {
    std::string_view how;
    Timestamp at;
    std::uint64_t entry = 0;
    std::string trust;  // who vouched for its last report (facts::Trust); empty before the first
  };
  using Device = std::pair<const std::string, LastSeen>;
  using Where = std::tuple<std::string, std::string, std::string_view>;  // fleet, device, fact
  // Only of devices that exist: strangers are refused too, under any name they like. Asked when the entry is applied,
  // not when the batch is written, so that the outcome does not depend on how entries fall into batches.
  Result<void> believe(store::Session& session, const ledger::Entry& entry, const std::string& device,
                       std::string_view fact, std::optional<std::string> value);
  Result<void> believe_origin(store::Session& session, const ledger::Entry& entry, const facts::SessionOpened& fact);
  // The same for fact last_seen, which every report changes.
  Result<void> see(store::Session& session, const ledger::Entry& entry, const std::string& device,
                   std::string_view how);
  // Null when it does not exist.
  Result<Device*> find(store::Session& session, const FleetId& fleet, const std::string& device);
  Result<void> apply_session(store::Session& session, DecodedEntry& entry);
  Result<void> apply_posture(store::Session& session, DecodedEntry& entry);
  // Who vouches for what it reports: written when it is another than before.
  Result<void> apply_report(store::Session& session, DecodedEntry& entry);

  // Facts change with every report: only the last of a batch is written.
  std::map<Where, Belief> beliefs_;
  std::unordered_map<std::string, LastSeen> devices_;  // "fleet/device", those found so far
  std::vector<Device*> seen_;                          // since the last flush
  std::string id_;                                     // kept for its capacity
  MarkTables marks_;
};

// What the tables say of a device: the facts of table posture, and those the last readings tell. `since_unknown` is
// since when the facts without an entry are unknown.
Result<Posture> load_posture(store::Session& session, const FleetId& fleet, const DeviceId& device,
                             Timestamp since_unknown);

}  // namespace outrider::fleet
