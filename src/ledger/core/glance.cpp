#include "ledger/core/glance.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "ledger/entry_codec.h"
#include "ledger/files/directory.h"
#include "ledger/tree/tiles.h"
#include "ledger/wal/replay.h"

namespace outrider::ledger {
namespace {

// A server that is writing can show us half a batch, or remove a segment while we read it; what is damaged stays so.
constexpr int live_tries_max = 5;
constexpr std::chrono::milliseconds live_pause{100};

struct WalTail {
  Replay replay;
  std::map<FleetId, Timestamp> last;  // received time of each fleet's newest entry in the log
};

Result<WalTail> read_tail(const Directory& directory, bool live) {
  Result<WalTail> out = fail(Errc::internal, "not read");
  for (int i = 0; i < (live ? live_tries_max : 1); ++i) {
    if (i != 0) std::this_thread::sleep_for(live_pause);
    WalTail tail;
    auto replay = replay_wal(directory.wal(), [&](EntryRecord&& record) -> Result<void> {
      TRY(const auto entry, decode_entry(record.entry));
      tail.last.insert_or_assign(record.fleet, entry.received);
      return {};
    });
    if (replay) {
      tail.replay = *std::move(replay);
      return tail;
    }
    out = std::unexpected(std::move(replay).error());
  }
  return out;
}

Result<Checkpoint> open_note_file(const std::filesystem::path& path, const VerifierKey& key) {
  TRY(const auto note, read_text_file(path, note_bytes_max));
  auto checkpoint = open_checkpoint(note, key);
  if (!checkpoint) return std::unexpected(std::move(checkpoint).error().during("reading " + path.string()));
  return checkpoint;
}

Result<Checkpoint> published_checkpoint(const FleetPaths& paths) {
  TRY(const auto signer, load_note_key(paths.note_key()));
  TRY(const auto line, read_line_file(paths.verifier_key()));
  TRY(const auto key, VerifierKey::parse(line));
  if (key != signer.verifier())
    return fail(
        Errc::corrupt, "ledger-damaged",
        fmt::format("{} is not the public half of {}", paths.verifier_key().string(), paths.note_key().string()));
  TRY(const auto published, open_note_file(paths.checkpoint(), key));
  TRY(const auto last_signed, open_note_file(paths.signed_note(), key));
  if (last_signed.size < published.size || (last_signed.size == published.size && last_signed != published))
    return fail(Errc::corrupt, "ledger-damaged",
                fmt::format("the checkpoint has {} entries, the last one signed here {}: one of them is an older copy",
                            published.size, last_signed.size));
  return published;
}

// The root over the right edge, and the newest entry's time.
Result<std::optional<Timestamp>> check_edge(const FleetPaths& paths, const FleetId& fleet,
                                            const Checkpoint& checkpoint) {
  const TileReader tiles(paths.published, fleet.value);
  TRY(const auto root, root_at(checkpoint.size, tiles.subtrees(checkpoint.size)));
  if (root != checkpoint.root)
    return fail(Errc::corrupt, "ledger-damaged",
                fmt::format("the tiles do not have the root that was signed for {} entries", checkpoint.size));
  if (checkpoint.size == 0) return std::nullopt;
  TRY(const auto bundle, tiles.bundle((checkpoint.size - 1) / tile_width, checkpoint.size));
  TRY(const auto entry, decode_entry(bundle.back()));
  return entry.received;
}

class Looker {
 public:
  explicit Looker(const std::filesystem::path& root) : directory_(root) {}

  Result<Glance> run() {
    out_.in_use = directory_.locked_by_another();
    TRY(auto fleets, directory_.fleets_on_disk());
    if (!directory_.has_format() && !out_.in_use && fleets.empty())
      return fail(Errc::not_found, "no-ledger", fmt::format("there is no ledger in {}", directory_.root().string()));
    if (auto format = directory_.check_format(); !format) out_.problems.push_back(format.error().text());
    // Checkpoints first: a live write-ahead log then has all that they have.
    for (const FleetId& fleet : fleets) look_at(fleet);
    look_at_wal();
    return std::move(out_);
  }

 private:
  void look_at(const FleetId& fleet) {
    const FleetPaths paths = directory_.fleet(fleet);
    TreeGlance tree{.fleet = fleet};
    const auto problem = [&](const Error& error) {
      out_.problems.push_back(fmt::format("fleet {}: {}", fleet.value, error.text()));
    };
    if (const auto checkpoint = published_checkpoint(paths)) {
      tree.published = tree.entries = checkpoint->size;
      if (auto last = check_edge(paths, fleet, *checkpoint)) {
        tree.last_received = *last;
      } else {
        problem(last.error());
      }
    } else {
      problem(checkpoint.error());
    }
    out_.trees.push_back(std::move(tree));
  }

  void look_at_wal() {
    auto tail = read_tail(directory_, out_.in_use);
    if (!tail) {
      out_.problems.push_back(tail.error().text());
      return;
    }
    if (tail->replay.segments.empty()) out_.problems.emplace_back("the write-ahead log is missing");
    for (const auto& segment : tail->replay.segments) {
      out_.wal_bytes += segment.file_bytes;
      if (segment.shortened)
        out_.problems.push_back(
            fmt::format("{}: shorter than what was reserved for it; entries behind the last may be lost",
                        segment_path(directory_.wal(), segment.number).string()));
    }
    for (TreeGlance& tree : out_.trees) {
      const auto next = tail->replay.next.find(tree.fleet);
      if (next == tail->replay.next.end()) continue;
      if (next->second < tree.published)
        out_.problems.push_back(
            fmt::format("fleet {}, entry {}: it was published, but the write-ahead log ends before it",
                        tree.fleet.value, next->second));
      tree.entries = std::max(tree.entries, next->second);
      const auto last = tail->last.find(tree.fleet);
      if (last != tail->last.end() && next->second >= tree.published) tree.last_received = last->second;
    }
  }

  Directory directory_;
  Glance out_;
};

}  // namespace

Result<Glance> glance(const std::filesystem::path& directory) {
  return Looker(directory).run();
}

}  // namespace outrider::ledger
