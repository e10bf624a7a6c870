#pragma once
// The spine: one write-ahead log with group commit in front of one Merkle tree per fleet.
//
// `append` completes when the entry is on disk (fdatasync), never before; integration into C2SP tiles and a signed
// checkpoint follow within a second. Order in a fleet's tree is the order of the append calls.
// Open one Ledger per directory (a lock file sees to it). All members may be called from any thread.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ledger/entry.h"

namespace outrider::ledger {

class Disk;  // ledger/files/disk.h

struct Options {
  std::filesystem::path directory;  // made when missing
  // Origin of the log of a fleet that is created: "<server_name>/<fleet>". A log keeps its origin for ever.
  std::string server_name = "outrider.local";
  const Clock* clock = nullptr;  // nullptr: the system's
  std::chrono::milliseconds checkpoint_interval{1000};
  // The least time between the beginnings of two batches while entries keep coming: a sync costs the same for one entry
  // as for hundreds. An entry that comes alone does not wait.
  std::chrono::microseconds batch_interval{1000};
  std::uint64_t segment_bytes = 64U << 20U;  // of the write-ahead log; reserved when a segment is begun
  Disk* disk = nullptr;                      // nullptr: the system's
};

// What is known of one fleet's tree.
struct FleetStatus {
  FleetId fleet;
  std::uint64_t durable = 0;     // entries acknowledged
  std::uint64_t integrated = 0;  // entries in the published checkpoint's tree
  std::string origin;
  std::string root;        // base64 root hash at `integrated`
  std::string public_key;  // note verifier key "<name>+<hash>+<key>" (C2SP signed-note)
};

struct Status {
  bool healthy = true;  // false: appends are refused
  std::string problem;  // why, for people
  std::uint64_t wal_bytes = 0;
  std::vector<FleetStatus> fleets;
};

// How one append ended.
struct Receipt {
  std::uint64_t token = 0;       // as given to append
  std::uint64_t number = 0;      // of the entry, when it is durable
  const Error* error = nullptr;  // else why not; lent for the call
};

// Hears of the ends of its appends, many with one call.
class Recipient {
 public:
  virtual ~Recipient() = default;
  // On the writer's thread, or on the caller's before append returns when a draft is refused at once. Must be quick.
  virtual void appended(std::span<const Receipt> receipts) = 0;
};

class Ledger {
 public:
  using Done = std::move_only_function<void(Result<std::uint64_t>)>;

  // Recovers: a torn last write is cut off (it was never acknowledged); anything else that is not what was written
  // is an Errc::corrupt error naming the entry.
  static Result<std::unique_ptr<Ledger>> open(Options options);
  virtual ~Ledger() = default;

  // Starts a tree; its fleet may not exist yet (conflict). Durable when it returns.
  virtual Result<void> create_fleet(const FleetId& fleet) = 0;
  virtual std::vector<FleetId> fleets() const = 0;

  // Hands the draft to the writer. `done` gets the entry's number once it is durable, or the error; it is called
  // exactly once: on the writer's thread, or before append returns when the draft is refused at once (too_large,
  // not_found, unavailable when the disk is full or has failed). It must be quick: post the rest home.
  virtual void append(Draft draft, Done done) = 0;
  // The same for whoever appends a great deal: no allocation an entry. `recipient` is kept until it has heard of the
  // end, exactly once; `token` tells it which of its appends that was. (What stands here copies and calls the other.)
  virtual void submit(const DraftView& draft, const std::shared_ptr<Recipient>& recipient, std::uint64_t token);
  // Waits for durability; for threads that may block.
  Result<std::uint64_t> append_and_wait(Draft draft);

  // Number of durable entries of the fleet: the next entry to be read has a smaller number, or does not exist yet.
  virtual Result<std::uint64_t> durable(const FleetId& fleet) const = 0;
  // Up to `count_max` durable entries from number `from` on, in order; empty at the end. Entries are checked
  // against the tree's hashes of their bundle when read from tiles.
  virtual Result<std::vector<Entry>> read(const FleetId& fleet, std::uint64_t from, std::size_t count_max) const = 0;
  // Returns when any fleet has grown since the `seen` returned by the last call (0 at first), or after `deadline`.
  virtual std::uint64_t wait_for_growth(std::uint64_t seen, std::chrono::milliseconds deadline) const = 0;

  // A reader's named durable cursor: the number of the next entry it wants, 0 at first. Names are ids (base/ids.h). A
  // cursor behind the end of the ledger is an Errc::corrupt error: acknowledged entries are gone. Readers that keep
  // their state in a database store their cursor there, in the same transaction (store/projection.h); these are for the
  // others.
  virtual Result<std::uint64_t> load_cursor(const std::string& name, const FleetId& fleet) const = 0;
  virtual Result<void> save_cursor(const std::string& name, const FleetId& fleet, std::uint64_t next) = 0;

  virtual Status status() const = 0;
  // The newest published checkpoint: a C2SP signed note.
  virtual Result<std::string> checkpoint(const FleetId& fleet) const = 0;
  // Publishes what is durable now and returns the checkpoint.
  virtual Result<std::string> publish(const FleetId& fleet) = 0;
  // A self-contained proof file that the entry is in the tree (docs/format/ledger.md); publishes first when needed.
  virtual Result<std::string> prove(const FleetId& fleet, std::uint64_t number) = 0;

  // Destroys the data keys of a subject (all periods). Irreversible; entries stay and verify.
  virtual Result<void> shred(const FleetId& fleet, const Subject& subject) = 0;

  // Stops taking appends, completes those taken, publishes a last checkpoint. Reading goes on working.
  virtual void close() = 0;
};

// Reads everything again and recomputes every hash: write-ahead log, bundles, tiles, checkpoint and its signature.
// Works on a directory that no server has open as well as on a live one. `progress(done, total)` may be empty.
struct VerifyReport {
  std::uint64_t entries = 0;
  std::vector<std::string> problems;  // each names fleet and entry number (or file)
  bool ok() const { return problems.empty(); }
};
Result<VerifyReport> verify(const std::filesystem::path& directory,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

// Checks a proof file without server or database. Returns the entry it proves. `trusted_key`: a note verifier key;
// empty takes the one in the file (proves consistency with itself only, and the answer says so).
struct ProvenEntry {
  Entry entry;  // payload as stored: still encrypted when personal
  std::string origin;
  std::uint64_t tree_size = 0;
  bool key_was_given = false;
};
Result<ProvenEntry> verify_proof(std::string_view proof_file, std::string_view trusted_key);

}  // namespace outrider::ledger
