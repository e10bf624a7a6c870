#pragma once
// What the registry knew of one holder after a given entry: made again from the entries that decided it, by the rules
// that live memory follows, and judged by the functions that judge live (fleet/registry/admission.h).
//
// A plain value once made. `database` and `ledger` are needed while it is made only.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "facts/facts.h"
#include "fleet/state/inventory.h"
#include "ledger/ledger.h"
#include "store/database.h"

namespace outrider::fleet {

struct FleetState;
class State;

// An entry that decided something.
struct Decided {
  std::uint64_t entry = 0;
  Kind kind = Kind::fleet_created;
  Timestamp time;
  std::string about;  // profile id, serial number of a certificate, reason and author of a state, or empty
};

class Hindsight {
 public:
  // `last`: the last entry that counts. Reasons: unknown-fleet.
  static Result<Hindsight> look_back(store::Database& database, const ledger::Ledger& ledger, const FleetId& fleet,
                                     const DeviceId& holder, std::uint64_t last);
  ~Hindsight();
  Hindsight(Hindsight&&) noexcept;
  Hindsight& operator=(Hindsight&&) noexcept;

  // As Registry::admit would have answered; the key is taken to be the certificate's.
  Result<Admission> admit(const std::string& serial, Timestamp now) const;
  // As the registry would have judged an issue by this right: with the open code, or by the certificate `renews`.
  Result<void> may_enrol(facts::EnrolmentRight right, const std::string& renews, Timestamp now) const;

  bool exists() const;
  std::optional<facts::Lifecycle> lifecycle() const;  // of a device
  std::shared_ptr<const Profile> profile() const;     // of a device; may be null
  std::optional<Grants> grants() const;               // of an application
  std::vector<Identity> identities() const;           // newest first
  bool has_code() const;

  // The last entry of that kind (about that thing).
  std::optional<Decided> last(Kind kind, const std::string& about = {}) const;

 private:
  Hindsight();
  void follow(const ledger::Entry& entry);
  const FleetState* fleet_state() const;

  FleetId fleet_;
  DeviceId holder_;
  std::unique_ptr<State> state_;
  std::vector<Decided> decided_;  // in order
};

// Number of the last entry received by then; nothing when there is none. Reads a few entries.
Result<std::optional<std::uint64_t>> last_entry_by(const ledger::Ledger& ledger, const FleetId& fleet, Timestamp time);

}  // namespace outrider::fleet
