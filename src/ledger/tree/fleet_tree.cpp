#include "ledger/tree/fleet_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/file.h"

namespace outrider::ledger {
namespace {

constexpr mode_t key_file_mode = 0600;
constexpr mode_t hidden_directory_mode = 0700;
constexpr std::size_t line_file_bytes_max = 4096;

}  // namespace

Result<std::string> read_line_file(const std::filesystem::path& path) {
  TRY(auto text, read_text_file(path, line_file_bytes_max));
  if (text.empty() || text.find('\n') != text.size() - 1)
    return fail(Errc::corrupt, "ledger-damaged", path.string() + " is not one line");
  text.pop_back();
  return text;
}

Result<NoteSigner> load_note_key(const std::filesystem::path& path) {
  TRY(auto secret, read_secret_file(path, line_file_bytes_max));
  std::string_view text = as_text(secret.view());
  auto signer = text.ends_with('\n') ? NoteSigner::parse(text.substr(0, text.size() - 1)) : NoteSigner::parse({});
  if (!signer)
    return fail(Errc::corrupt, "ledger-damaged", fmt::format("{}: {}", path.string(), signer.error().text()));
  return signer;
}

Result<void> FleetTree::create(Disk& disk, const FleetPaths& paths, const std::string& origin) {
  CHECK(make_directories(paths.hidden, hidden_directory_mode));
  const NoteSigner signer = NoteSigner::generate(origin);
  const Secret key = signer.text();
  const std::string note = signer.sign(Checkpoint{origin, 0, empty_root()}.text());
  return publish_files(disk, {{paths.note_key(), to_bytes(key.view()), key_file_mode},
                              {paths.signed_note(), to_bytes(as_bytes(note))},
                              {paths.verifier_key(), to_bytes(as_bytes(signer.verifier().text() + "\n"))},
                              {paths.checkpoint(), to_bytes(as_bytes(note))}});
}

Result<std::unique_ptr<FleetTree>> FleetTree::open(Disk& disk, FleetPaths paths, std::string fleet) {
  auto signer = load_note_key(paths.note_key());
  if (!signer)
    return std::unexpected(std::move(signer).error().during(fmt::format("while opening the log of fleet {}", fleet)));
  std::unique_ptr<FleetTree> tree(new FleetTree(disk, std::move(paths), std::move(fleet), *std::move(signer)));
  CHECK(tree->load());
  return tree;
}

std::unexpected<Error> FleetTree::refuse(std::string what) const {
  return fail(Errc::corrupt, "ledger-damaged", fmt::format("fleet {}: {}", fleet_, what));
}

Result<void> FleetTree::load() {
  const VerifierKey& key = signer_.verifier();
  auto stored_key = read_line_file(paths_.verifier_key());
  if (!stored_key || *stored_key != key.text())
    return refuse(paths_.verifier_key().string() + " is not the public half of the signing key");
  auto published_note = read_text_file(paths_.checkpoint(), note_bytes_max);
  auto signed_note = read_text_file(paths_.signed_note(), note_bytes_max);
  if (!published_note) return refuse("the checkpoint cannot be read: " + published_note.error().text());
  if (!signed_note) return refuse("the last signed checkpoint cannot be read: " + signed_note.error().text());
  auto published = open_checkpoint(*published_note, key);
  auto last_signed = open_checkpoint(*signed_note, key);
  if (!published) return refuse(fmt::format("{}: {}", paths_.checkpoint().string(), published.error().text()));
  if (!last_signed) return refuse(fmt::format("{}: {}", paths_.signed_note().string(), last_signed.error().text()));
  if (last_signed->size < published->size ||
      (last_signed->size == published->size && last_signed->root != published->root)) {
    return refuse(fmt::format(
        "the published checkpoint has {} entries and the last one signed here {}: a part of the directory was put back "
        "from an older copy; signing would contradict what was published",
        published->size, last_signed->size));
  }
  checkpoint_ = *last_signed;
  note_ = *signed_note;
  CHECK(load_edge());
  if (*published == *last_signed) return {};
  // A crash between the two writes leaves the published one a step behind. It must be the beginning of the signed tree.
  TRY(auto root, root_at(published->size, tiles_.subtrees(checkpoint_.size)));
  if (root != published->root) return refuse("the published checkpoint is not the beginning of the last one signed");
  return publish_file(disk_, {paths_.checkpoint(), to_bytes(as_bytes(note_))});
}

Result<void> FleetTree::load_edge() {
  edge_.size = checkpoint_.size;
  for (unsigned level = 0; level < tile_levels_max; ++level) {
    if (partial_width(level, edge_.size) == 0) continue;
    TRY(edge_.levels[level], tiles_.tile(level, edge_.size >> (tile_height * (level + 1)), edge_.size));
  }
  if (edge_.root() != checkpoint_.root) {
    return refuse(fmt::format("the tiles at the end of the tree do not have the root that was signed for {} entries",
                              edge_.size));
  }
  if (partial_width(0, edge_.size) != 0) {
    TRY(auto entries, tiles_.bundle(edge_.size / tile_width, edge_.size));
    for (const Bytes& entry : entries) append_to_bundle(edge_.bundle, entry);
  }
  return {};
}

Hash FleetTree::Edge::root() const {
  // A complete subtree of a higher level is one leaf to the left of what remains on the lower ones.
  std::vector<Hash> below;
  for (const auto& level : levels) {
    std::vector<Hash> row = level;
    row.insert(row.end(), below.begin(), below.end());
    below.clear();
    if (!row.empty()) below.push_back(root_of(row));
  }
  return below.empty() ? empty_root() : below.front();
}

void FleetTree::add(Edge& edge, ByteView entry, std::vector<FileContent>& files,
                    std::vector<std::filesystem::path>& superseded) const {
  append_to_bundle(edge.bundle, entry);
  Hash hash = leaf_hash(entry);
  for (unsigned level = 0; level < tile_levels_max; ++level) {
    auto& row = edge.levels[level];
    row.push_back(hash);
    if (row.size() < tile_width) break;
    const std::uint64_t index = edge.size >> (tile_height * (level + 1));
    if (level == 0) {
      const auto path = paths_.published / bundle_path(index, tile_width);
      files.push_back({path, std::exchange(edge.bundle, {})});
      superseded.push_back(path.string() + ".p");
    }
    const auto path = paths_.published / tile_path(level, index, tile_width);
    files.push_back({path, encode_tile(row)});
    superseded.push_back(path.string() + ".p");
    hash = root_of(row);
    row.clear();
  }
  ++edge.size;
}

Result<void> FleetTree::extend(const std::vector<Entry>& entries) {
  if (entries.empty()) return {};
  Edge next = edge_;
  std::vector<FileContent> files;
  std::vector<std::filesystem::path> superseded;
  for (const Entry& entry : entries) add(next, *entry, files, superseded);
  for (unsigned level = 0; level < tile_levels_max; ++level) {
    const unsigned shift = tile_height * level;
    if (next.levels[level].empty() || next.size >> shift == edge_.size >> shift) continue;
    files.push_back({paths_.published / tile_path(level, next.size >> (shift + tile_height), next.levels[level].size()),
                     encode_tile(next.levels[level])});
  }
  if (!next.bundle.empty()) {
    files.push_back({paths_.published / bundle_path(next.size / tile_width, next.size % tile_width), next.bundle});
  }
  CHECK(publish_files(disk_, files));
  // Readers of the published tree fall back to the full tile, so its partial forerunners can go now; nothing breaks if
  // they stay.
  std::error_code ignored;
  for (const auto& path : superseded) std::filesystem::remove_all(path, ignored);
  CHECK(publish({checkpoint_.origin, next.size, next.root()}));
  edge_ = std::move(next);
  return {};
}

Result<void> FleetTree::check_unchanged() const {
  const auto ours = [&](const std::filesystem::path& path) {
    auto note = read_text_file(path, note_bytes_max);
    return note && (*note == note_ || std::ranges::find(unpublished_, *note) != unpublished_.end());
  };
  if (ours(paths_.checkpoint()) && ours(paths_.signed_note())) return {};
  return refuse("the checkpoint was changed by somebody else; signing might contradict it");
}

Result<void> FleetTree::publish(const Checkpoint& checkpoint) {
  CHECK(check_unchanged());
  std::string note = signer_.sign(checkpoint.text());
  // When a write fails either file may hold this note. That is no harm: its tree is the beginning of every later one.
  unpublished_.push_back(note);
  CHECK(publish_file(disk_, {paths_.signed_note(), to_bytes(as_bytes(note))}));
  CHECK(publish_file(disk_, {paths_.checkpoint(), to_bytes(as_bytes(note))}));
  unpublished_.clear();
  note_ = std::move(note);
  checkpoint_ = checkpoint;
  return {};
}

}  // namespace outrider::ledger
