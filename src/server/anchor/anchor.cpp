#include "server/anchor/anchor.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "ledger/proof/note.h"
#include "ledger/tree/fleet_tree.h"
#include "ledger/tree/merkle.h"
#include "ledger/tree/tiles.h"

namespace outrider::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = 16 * 1024 * 1024;  // half a kilobyte a fleet
constexpr std::size_t note_bytes_max = 64 * 1024;
constexpr int format_version = 1;

struct Document {
  int version = format_version;
  std::vector<AnchoredFleet> fleets;
};
BOOST_DESCRIBE_STRUCT(Document, (), (version, fleets))

// What a note says, whoever signed it: for people, when the log it was made by is not there.
ledger::Checkpoint unchecked(const std::string& note) {
  const auto end = note.find("\n\n");
  auto parsed = ledger::Checkpoint::parse(note.substr(0, end == std::string::npos ? note.size() : end + 1));
  return parsed ? *std::move(parsed) : ledger::Checkpoint{};
}

struct Present {
  ledger::VerifierKey key;
  ledger::Checkpoint checkpoint;
};
Result<Present> present_log(const fs::path& directory) {
  TRY(const auto line, ledger::read_line_file(directory / "verifier-key"));
  TRY(auto key, ledger::VerifierKey::parse(line));
  TRY(const auto note, read_text_file(directory / "checkpoint", note_bytes_max));
  TRY(auto checkpoint, ledger::open_checkpoint(note, key));
  return Present{std::move(key), std::move(checkpoint)};
}

// Does the log continue the noted checkpoint?
Result<bool> continues(const fs::path& directory, const FleetId& fleet, const Present& present,
                       const ledger::Checkpoint& noted) {
  if (present.checkpoint.size < noted.size) return false;
  if (noted.size == 0) return true;
  const ledger::TileReader tiles(directory, fleet.value);
  TRY(const auto root, ledger::root_at(noted.size, tiles.subtrees(present.checkpoint.size)));
  return root == noted.root;
}

}  // namespace

Result<Anchor> Anchor::open(fs::path file) {
  Anchor out(std::move(file));
  const auto text = read_text_file(out.file_, file_bytes_max);
  if (!text && text.error().code == Errc::not_found) return out;
  if (!text) return std::unexpected(text.error());
  auto document = json::read<Document>(*text);
  if (!document || document->version != format_version)
    return fail(Errc::corrupt, "anchor-damaged",
                out.file_.string() +
                    " is not an anchor of this program; put it back, or remove it if you are sure that "
                    "the ledger is the newest there is");
  out.fleets_ = std::move(document->fleets);
  return out;
}

std::uint64_t Anchor::list_number(const FleetId& fleet) const {
  const auto found = std::ranges::find(fleets_, fleet, &AnchoredFleet::fleet);
  return found == fleets_.end() ? 0 : found->list_number;
}

Result<std::vector<facts::RollbackAccepted>> Anchor::contradictions(const fs::path& ledger_directory) const {
  std::vector<facts::RollbackAccepted> out;
  for (const auto& anchored : fleets_) {
    if (anchored.checkpoint.empty()) continue;  // forgotten
    const fs::path directory = ledger_directory / anchored.fleet.value;
    const auto claimed = unchecked(anchored.checkpoint);
    facts::RollbackAccepted found{.fleet = anchored.fleet,
                                  .seen_size = claimed.size,
                                  .seen_root = base64(claimed.root),
                                  .size = 0,
                                  .seen_at = anchored.at};
    const auto present = present_log(directory);
    if (present) {
      found.size = present->checkpoint.size;
      // A note that the present key did not sign is of another log under the same name.
      const auto noted = ledger::open_checkpoint(anchored.checkpoint, present->key);
      if (noted) {
        TRY(const bool good, continues(directory, anchored.fleet, *present, *noted));
        if (good) continue;
      }
    } else if (fs::exists(directory / "checkpoint")) {
      return std::unexpected(present.error());  // damage is not a rollback; the ledger says what is wrong
    }
    out.push_back(std::move(found));
  }
  return out;
}

Result<void> Anchor::note(const ledger::Ledger& ledger, const ListNumber& list_number, Timestamp now) {
  std::vector<AnchoredFleet> next;
  bool changed = false;
  for (const auto& fleet : ledger.fleets()) {
    TRY(auto checkpoint, ledger.checkpoint(fleet));
    const std::uint64_t number = std::max(list_number ? list_number(fleet) : 0, this->list_number(fleet));
    const auto old = std::ranges::find(fleets_, fleet, &AnchoredFleet::fleet);
    if (old != fleets_.end() && old->checkpoint == checkpoint && old->list_number == number) {
      next.push_back(*old);
      continue;
    }
    changed = true;
    next.push_back({.fleet = fleet, .checkpoint = std::move(checkpoint), .list_number = number, .at = now});
  }
  if (!changed && next.size() == fleets_.size()) return {};
  CHECK(write_file_atomic(file_, json::pretty(json::from(Document{.fleets = next})), 0600));
  fleets_ = std::move(next);
  return {};
}

void Anchor::forget(const FleetId& fleet) {
  const auto found = std::ranges::find(fleets_, fleet, &AnchoredFleet::fleet);
  if (found != fleets_.end()) found->checkpoint.clear();
}

fs::path anchor_file(const std::string& setting, const fs::path& data) {
  if (!setting.empty()) return setting;
  fs::path beside = data.lexically_normal();
  if (!beside.has_filename()) beside = beside.parent_path();  // "data/" is "data"
  return fs::path(beside.string() + ".anchor");
}

Error rolled_back(const std::vector<facts::RollbackAccepted>& found, const fs::path& file) {
  std::string which;
  for (const auto& each : found)
    which += fmt::format("{}fleet {} had {} entries at {} and has {} now, or other ones", which.empty() ? "" : "; ",
                         each.fleet.value, each.seen_size, to_rfc3339(each.seen_at), each.size);
  return {Errc::conflict, "ledger-rolled-back",
          fmt::format("the ledger is older than what {} has seen of it: {}. What was recorded since is missing, "
                      "revocations among it: certificates revoked then would be good again. Put the newer ledger back. "
                      "Only if it is lost for good: outrider serve --accept-ledger-rollback, which records this, and "
                      "then revoke again what was revoked (see docs/pki.md)",
                      file.string(), which)};
}

}  // namespace outrider::server
