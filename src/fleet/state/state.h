#pragma once
// The registry's memory: what follows from ledger entries, by the rules that the tables follow too
// (fleet/projection/inventory_projection.cpp). Private to the room; its owner locks.
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "fleet/state/grants.h"
#include "fleet/state/inventory.h"
#include "ledger/entry.h"
#include "store/database.h"

namespace outrider::fleet {

// Whoever can hold codes, identities and sessions (facts/holder.h).
struct HolderState {
  std::string session;               // id of the newest open session; empty: offline
  std::string open_code;             // hash of its unused code; empty: none
  std::vector<std::string> serials;  // of its identities, oldest first
};

struct DeviceState : HolderState {
  Device device;
};

struct ApplicationState : HolderState {
  std::optional<std::string> label;
  Timestamp added;
  std::optional<Timestamp> removed;
  std::shared_ptr<LiveGrants> grants = std::make_shared<LiveGrants>();
};

struct CodeState {
  DeviceId device;
  Timestamp expires;
  bool used = false;
};

struct TokenState {
  Token token;
  std::string hash;
};

struct FleetState {
  Fleet fleet;
  std::map<ProfileId, std::shared_ptr<const Profile>> profiles;
  std::map<DeviceId, DeviceState> devices;
  std::map<ApplicationId, ApplicationState> applications;
  std::map<std::string, Identity> identities;           // by serial
  std::vector<std::string> revoked;                     // serials, in the order in which they were revoked
  std::unordered_map<std::string, std::string> by_key;  // hash of a public key → the newest serial that has it
  std::unordered_map<std::string, CodeState> codes;     // by hash
  std::vector<TokenState> tokens;
  WaysIn ways;
  Counts counts;  // kept up to date with the above

  DeviceState* find_device(const DeviceId& id);
  const DeviceState* find_device(const DeviceId& id) const;
  const ApplicationState* find_application(const ApplicationId& id) const;
  // A device or an application.
  HolderState* find_holder(const DeviceId& holder);
  const HolderState* find_holder(const DeviceId& holder) const;
  const Identity* find_identity(const std::string& serial) const;
};

class State {
 public:
  std::map<FleetId, FleetState> fleets;

  FleetState* find(const FleetId& fleet);
  const FleetState* find(const FleetId& fleet) const;

  // Makes the entry's effects. Entries that do not fit (a device that does not exist) have none.
  void apply(const ledger::Entry& entry);
  // For an entry whose decision was applied before it had its number and time: corrects these. Entries that nobody
  // decided here (sessions) are applied.
  void confirm(const ledger::Entry& entry);

  // Sessions hold the LiveGrants of `earlier`: they get the grants of this state.
  void adopt_grants(State& earlier);

  // What the tables hold.
  static Result<State> load(store::Session& session);
};

// The number of a lifecycle's counter.
std::uint64_t& counter_of(Counts& counts, facts::Lifecycle lifecycle);

}  // namespace outrider::fleet
