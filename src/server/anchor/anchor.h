#pragma once
// The memory that a backup does not hold: how far each fleet's ledger had come, noted outside the data directory.
//
// Restoring an older copy of the whole directory would un-revoke certificates and lower every counter, and nothing
// inside could tell. So the newest published checkpoint of each fleet, signed by the fleet's own log key, is kept in a
// file elsewhere. At start the ledger must continue every checkpoint noted there (RFC 9162, 2.1.4: its tree begins with
// the noted one); if not, somebody has put back an older ledger, or another one.
#include <boost/describe.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "facts/facts.h"
#include "ledger/ledger.h"

namespace outrider::server {

// What is noted of one fleet.
struct AnchoredFleet {
  FleetId fleet;
  std::string checkpoint;         // C2SP signed note
  std::uint64_t list_number = 0;  // of the newest revocation list
  Timestamp at;
  bool operator==(const AnchoredFleet&) const = default;
};
BOOST_DESCRIBE_STRUCT(AnchoredFleet, (), (fleet, checkpoint, list_number, at))

// One thread.
class Anchor {
 public:
  // A missing file is an empty anchor: everything is believed the first time. corrupt when it cannot be read.
  static Result<Anchor> open(std::filesystem::path file);

  const std::filesystem::path& file() const { return file_; }
  bool empty() const { return fleets_.empty(); }
  // The highest number of a revocation list that is noted; 0: none.
  std::uint64_t list_number(const FleetId& fleet) const;

  // The fleets whose log does not continue what is noted. Looks at the published files only.
  Result<std::vector<facts::RollbackAccepted>> contradictions(const std::filesystem::path& ledger_directory) const;
  // Notes the present checkpoints; writes only when something changed. `list_number` may be empty.
  using ListNumber = std::function<std::uint64_t(const FleetId&)>;
  Result<void> note(const ledger::Ledger& ledger, const ListNumber& list_number, Timestamp now);
  // From now on the noted checkpoint of the fleet counts no more. The number of its list does: lists with this number
  // are out in the world, however old the ledger is now.
  void forget(const FleetId& fleet);

 private:
  explicit Anchor(std::filesystem::path file) : file_(std::move(file)) {}
  std::filesystem::path file_;
  std::vector<AnchoredFleet> fleets_;
};

// Where the file is when nobody says otherwise.
std::filesystem::path anchor_file(const std::string& setting, const std::filesystem::path& data);
// The refusal to start, for people.
Error rolled_back(const std::vector<facts::RollbackAccepted>& found, const std::filesystem::path& file);

}  // namespace outrider::server
