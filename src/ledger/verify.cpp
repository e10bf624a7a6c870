// Verification of a whole directory: everything is read again and nothing is believed.
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "ledger/files/cursor.h"
#include "ledger/files/directory.h"
#include "ledger/keys/keyring.h"
#include "ledger/ledger.h"
#include "ledger/tree/tree_check.h"
#include "ledger/wal/replay.h"

namespace outrider::ledger {
namespace {

// A broken ledger must not fill the memory with complaints.
constexpr std::size_t problems_max = 1000;
// A server that is writing can show us half a batch, or remove a segment while we read it. What is really damaged stays
// so.
constexpr int live_tries_max = 5;
constexpr std::chrono::milliseconds live_pause{100};
constexpr std::uint64_t progress_every = 1024;

class Verifier {
 public:
  Verifier(const Directory& directory, const std::function<void(std::uint64_t, std::uint64_t)>& progress)
      : directory_(directory), progress_(progress), live_(directory.locked_by_another()) {}

  Result<VerifyReport> run() {
    if (!directory_.has_format() && !live_) {
      TRY(auto fleets, directory_.fleets_on_disk());
      if (fleets.empty())
        return fail(Errc::not_found, "no-ledger", fmt::format("there is no ledger in {}", directory_.root().string()));
    }
    if (auto format = directory_.check_format(); !format) problem(format.error());
    load_master_key_file();
    TRY(auto on_disk, directory_.fleets_on_disk());
    std::set<FleetId> fleets(on_disk.begin(), on_disk.end());
    // Checkpoints before the write-ahead log, so that a live log has all that they have.
    for (const FleetId& fleet : fleets) sizes_before_[fleet] = size_of(fleet);
    read_wal();
    for (const auto& [fleet, next] : replay_.next) fleets.insert(fleet);
    for (const FleetId& fleet : fleets) total_ += size_of(fleet);
    for (const FleetId& fleet : fleets) check_fleet(fleet);
    tell_progress(true);
    return std::move(report_);
  }

 private:
  struct WalEntries {
    std::uint64_t first = 0;
    std::vector<Hash> hashes;
    std::map<std::uint64_t, KeyId> keys;  // of the personal ones
  };

  void problem(std::string what) {
    if (report_.problems.size() < problems_max) report_.problems.push_back(std::move(what));
  }
  void problem(const Error& error) { problem(error.text()); }
  void tell_progress(bool last) {
    if (progress_ && (last || done_ % progress_every == 0)) progress_(last ? total_ : std::min(done_, total_), total_);
  }

  void load_master_key_file() {
    auto master = load_master_key(directory_.master_key());
    if (master) {
      master_ = *std::move(master);
    } else {
      problem(master.error());
    }
  }

  // By the checkpoint, whoever signed it; the signature is checked with the tree.
  std::uint64_t size_of(const FleetId& fleet) const {
    auto note = read_text_file(directory_.fleet(fleet).checkpoint(), note_bytes_max);
    if (!note) return 0;
    auto checkpoint = Checkpoint::parse(std::string_view(*note).substr(0, note->find("\n\n") + 1));
    return checkpoint ? checkpoint->size : 0;
  }

  void read_wal() {
    Result<Replay> replay = fail(Errc::internal, "not read");
    for (int i = 0; i < (live_ ? live_tries_max : 1); ++i) {
      if (i != 0) std::this_thread::sleep_for(live_pause);
      wal_.clear();
      replay = replay_wal(directory_.wal(), [&](EntryRecord&& record) { return take(record); });
      if (replay) break;
    }
    if (!replay) return problem(replay.error());
    if (replay->segments.empty()) problem("the write-ahead log is missing");
    for (const auto& segment : replay->segments) {
      if (segment.shortened) {
        problem(fmt::format(
            "write-ahead log {}: shorter than what was reserved for it; entries behind the last may be lost",
            segment_path({}, segment.number).string()));
      }
    }
    replay_ = *std::move(replay);
    wal_read_ = true;
  }

  Result<void> take(const EntryRecord& record) {
    auto [entries, fresh] = wal_.try_emplace(record.fleet);
    if (fresh) entries->second.first = record.number;
    entries->second.hashes.push_back(leaf_hash(record.entry));
    auto entry = decode_entry(record.entry);
    if (!entry || entry->fleet != record.fleet) {
      return fail(Errc::corrupt, "ledger-damaged",
                  fmt::format("write-ahead log: fleet {}, entry {}: {}", record.fleet.value, record.number,
                              entry ? "is of another fleet" : entry.error().text()));
    }
    if (entry->privacy == Privacy::personal) entries->second.keys[record.number] = entry->key_id;
    return {};
  }

  void check_fleet(const FleetId& fleet) {
    const FleetPaths paths = directory_.fleet(fleet);
    const bool known = replay_.next.contains(fleet);
    if (wal_read_ && !known && size_of(fleet) == 0 && !live_) return;  // its creation was interrupted
    keys_.clear();
    if (!master_.empty()) read_keyring(fleet);
    const std::uint64_t size = check_published(fleet, paths);
    if (wal_read_) check_wal_of(fleet, size);
    check_cursors(fleet, paths);
    const WalEntries& wal = wal_[fleet];
    const std::uint64_t end = wal.first + wal.hashes.size();
    report_.entries += std::max(size, wal.hashes.empty() ? size : end);
    for (const auto& [number, key] : wal.keys) {
      if (number >= size) check_key(fleet, number, key);
    }
  }

  // Returns the size of the tree that was checked.
  std::uint64_t check_published(const FleetId& fleet, const FleetPaths& paths) {
    const auto named = [&](const std::filesystem::path& path, const Error& error) {
      problem(fmt::format("fleet {}: {}: {}", fleet.value, path.string(), error.text()));
    };
    auto signer = load_note_key(paths.note_key());
    if (!signer) named(paths.note_key(), signer.error());
    auto line = read_line_file(paths.verifier_key());
    auto key = line ? VerifierKey::parse(*line) : Result<VerifierKey>(std::unexpected(line.error()));
    if (!key) named(paths.verifier_key(), key.error());
    if (signer && key && *key != signer->verifier())
      problem(fmt::format("fleet {}: verifier-key is not the public half of note.key", fleet.value));
    if (signer) key = signer->verifier();
    if (!key) return 0;
    auto published = open_note_file(paths.checkpoint(), *key);
    auto last_signed = open_note_file(paths.signed_note(), *key);
    if (!last_signed) named(paths.signed_note(), last_signed.error());
    if (!published) {
      named(paths.checkpoint(), published.error());
      published = last_signed;
    }
    if (!published) return 0;
    if (last_signed &&
        (last_signed->size < published->size || (last_signed->size == published->size && *last_signed != *published))) {
      problem(
          fmt::format("fleet {}: the checkpoint has {} entries, the last one signed {}: one of them is an older copy",
                      fleet.value, published->size, last_signed->size));
    }
    const TileReader tiles(paths.published, fleet.value);
    check_tree(
        tiles, fleet.value, *published,
        {[&](std::string what) { problem(std::move(what)); },
         [&](std::uint64_t number, const Bytes& entry, const Hash& hash) { check_entry(fleet, number, entry, hash); }});
    return published->size;
  }

  Result<Checkpoint> open_note_file(const std::filesystem::path& path, const VerifierKey& key) {
    TRY(auto note, read_text_file(path, note_bytes_max));
    return open_checkpoint(note, key);
  }

  void check_entry(const FleetId& fleet, std::uint64_t number, const Bytes& bytes, const Hash& hash) {
    ++done_;
    tell_progress(false);
    auto entry = decode_entry(bytes);
    if (!entry || entry->fleet != fleet) {
      return problem(fmt::format("fleet {}, entry {}: {}", fleet.value, number,
                                 entry ? "is of another fleet" : entry.error().text()));
    }
    if (entry->privacy == Privacy::personal) check_key(fleet, number, entry->key_id);
    const auto wal = wal_.find(fleet);
    if (wal == wal_.end() || number < wal->second.first || number - wal->second.first >= wal->second.hashes.size())
      return;
    if (wal->second.hashes[static_cast<std::size_t>(number - wal->second.first)] != hash) {
      problem(fmt::format("fleet {}, entry {}: the write-ahead log and the tree have different bytes", fleet.value,
                          number));
    }
  }

  void check_wal_of(const FleetId& fleet, std::uint64_t size) {
    const auto next = replay_.next.find(fleet);
    if (next == replay_.next.end()) {
      if (!live_) problem(fmt::format("fleet {}, entry 0: the write-ahead log does not know the fleet", fleet.value));
      return;
    }
    const std::uint64_t before = sizes_before_[fleet];
    if (next->second < before) {
      problem(fmt::format("fleet {}, entry {}: it was published, but the write-ahead log ends before it", fleet.value,
                          next->second));
    }
    const auto first = replay_.first.find(fleet);
    if (first != replay_.first.end() && size < first->second) {
      problem(fmt::format("fleet {}, entry {}: missing in the tree, and the write-ahead log begins with {}",
                          fleet.value, size, first->second));
    }
  }

  void check_cursors(const FleetId& fleet, const FleetPaths& paths) {
    auto names = list_directory(paths.cursors());
    if (!names) return problem(names.error());
    for (const std::string& name : *names) {
      auto next = read_cursor(paths.cursors() / name);
      if (!next) {
        problem(fmt::format("fleet {}: {}", fleet.value, next.error().text()));
      } else if (wal_read_ && !live_ && replay_.next.contains(fleet) && *next > replay_.next.at(fleet)) {
        problem(fmt::format("fleet {}, entry {}: reader {} has seen up to {}, but the ledger ends", fleet.value,
                            replay_.next.at(fleet), name, *next));
      }
    }
  }

  void check_key(const FleetId& fleet, std::uint64_t number, const KeyId& id) {
    if (master_.empty() || keyring_bad_.contains(fleet)) return;  // said already
    if (live_ && !keys_.contains(id)) read_keyring(fleet);        // it may have grown since it was read
    if (!keyring_bad_.contains(fleet) && !keys_.contains(id)) {
      problem(fmt::format("fleet {}, entry {}: the keyring does not know its key, neither as present nor as destroyed",
                          fleet.value, number));
    }
  }

  void read_keyring(const FleetId& fleet) {
    auto keys = Keyring::inspect(directory_.fleet(fleet).keyring(), fleet, master_);
    if (keys) {
      keys_ = *std::move(keys);
    } else if (keyring_bad_.insert(fleet).second) {
      problem(fmt::format("fleet {}: {}", fleet.value, keys.error().text()));
    }
  }

  const Directory& directory_;
  const std::function<void(std::uint64_t, std::uint64_t)>& progress_;
  const bool live_;
  VerifyReport report_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  Secret master_;
  Replay replay_;
  bool wal_read_ = false;
  std::map<FleetId, WalEntries> wal_;
  std::map<FleetId, std::uint64_t> sizes_before_;
  // Of the fleet that is being checked.
  std::map<KeyId, KeyState> keys_;
  std::set<FleetId> keyring_bad_;
};

}  // namespace

Result<VerifyReport> verify(const std::filesystem::path& directory,
                            const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  const Directory names(directory);
  return Verifier(names, progress).run();
}

}  // namespace outrider::ledger
