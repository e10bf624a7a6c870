#include "ledger/tree/tree_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "ledger/files/disk.h"

namespace outrider::ledger {
namespace {

class TreeCheck {
 public:
  TreeCheck(const TileReader& tiles, const std::string& fleet, const Checkpoint& checkpoint,
            const TreeCheckEvents& events)
      : tiles_(tiles), fleet_(fleet), checkpoint_(checkpoint), events_(events) {}

  void run() {
    const std::uint64_t size = checkpoint_.size;
    for (std::uint64_t index = 0; index * tile_width < size; ++index) {
      const auto hashes = leaves(index);
      for (const Hash& hash : hashes) add(0, hash);
    }
    for (unsigned level = 1; level < tile_levels_max; ++level) {
      if (!rows_[level].empty()) compare_tile(level, size >> (tile_height * (level + 1)), rows_[level]);
    }
    check_partials();
    if (root() != checkpoint_.root) {
      problem(fmt::format("the checkpoint's root hash is not that of entries 0 to {}", size == 0 ? 0 : size - 1));
    }
  }

 private:
  void problem(const std::string& what) { events_.problem(fmt::format("fleet {}: {}", fleet_, what)); }
  void report(const Error& error) { events_.problem(error.text()); }

  // The hashes of a bundle's entries. Where bundle and tile disagree, the hash that the level above has says which is
  // right.
  std::vector<Hash> leaves(std::uint64_t index) {
    auto stored = tiles_.tile(0, index, checkpoint_.size);
    auto entries = tiles_.bundle_unchecked(index, checkpoint_.size);
    if (!stored) report(stored.error());
    if (!entries) report(entries.error());
    const auto width = static_cast<std::size_t>(width_at(0, index, checkpoint_.size));
    if (!entries) return stored ? *stored : std::vector<Hash>(width);
    std::vector<Hash> computed;
    for (const Bytes& entry : *entries) {
      const std::uint64_t number = index * tile_width + computed.size();
      computed.push_back(leaf_hash(entry));
      if (stored && (*stored)[computed.size() - 1] != computed.back()) {
        problem(fmt::format("entry {}: its bytes in {} and its hash in {} do not belong together", number,
                            bundle_path(index, width), tile_path(0, index, width)));
      }
      events_.entry(number, entry, computed.back());
    }
    if (width == tile_width && stored && *stored != computed) {
      auto above = tiles_.tile(1, index / tile_width, checkpoint_.size);
      if (above && (*above)[static_cast<std::size_t>(index % tile_width)] == root_of(*stored)) return *stored;
    }
    return computed;
  }

  void add(unsigned level, const Hash& hash) {
    auto& row = rows_[level];
    row.push_back(hash);
    ++counts_[level];
    if (row.size() < tile_width) return;
    if (level > 0) compare_tile(level, counts_[level] / tile_width - 1, row);
    const Hash above = root_of(row);
    row.clear();
    add(level + 1, above);
  }

  // Level 0 is compared entry by entry in leaves().
  void compare_tile(unsigned level, std::uint64_t index, const std::vector<Hash>& computed) {
    auto stored = tiles_.tile(level, index, checkpoint_.size);
    if (!stored) return report(stored.error());
    const auto [ours, theirs] = std::ranges::mismatch(computed, *stored);
    if (ours == computed.end()) return;
    const std::uint64_t place = index * tile_width + static_cast<std::uint64_t>(ours - computed.begin());
    const unsigned shift = tile_height * level;
    problem(fmt::format("entries {} to {}: their hash in {} is wrong", place << shift, ((place + 1) << shift) - 1,
                        tile_path(level, index, computed.size())));
  }

  // Earlier states of the tiles at the right edge stay for those who hold an earlier checkpoint.
  void check_partials() {
    for (unsigned level = 0; level < tile_levels_max; ++level) {
      if (rows_[level].empty()) continue;
      const std::uint64_t index = checkpoint_.size >> (tile_height * (level + 1));
      std::vector<std::size_t> ends;
      for (std::size_t i = 0; i <= rows_[level].size(); ++i) ends.push_back(i * crypto::sha256_bytes);
      compare_partials(tile_path(level, index, tile_width), encode_tile(rows_[level]), ends);
    }
    if (rows_[0].empty()) return;
    const std::uint64_t index = checkpoint_.size / tile_width;
    auto entries = tiles_.bundle_unchecked(index, checkpoint_.size);
    if (!entries) return;  // reported already
    Bytes bundle;
    std::vector<std::size_t> ends{0};
    for (const Bytes& entry : *entries) {
      append_to_bundle(bundle, entry);
      ends.push_back(bundle.size());
    }
    compare_partials(bundle_path(index, tile_width), bundle, ends);
  }

  // `content` is the widest state known, and ends[w] what it had when its width was w. A wider file belongs to a
  // checkpoint that was published after ours was read.
  void compare_partials(const std::string& full, const Bytes& content, const std::vector<std::size_t>& ends) {
    const auto directory = tiles_.directory() / (full + ".p");
    auto names = list_directory(directory);
    if (!names) return report(names.error());
    for (const std::string& name : *names) {
      const auto width = strict_decimal(name);
      if (!width || *width == 0 || *width >= tile_width) {
        problem(fmt::format("{}.p/{} does not belong there", full, name));
        continue;
      }
      if (*width >= ends.size()) continue;
      auto stored = read_file(directory / name, bundle_bytes_max);
      if (!stored && stored.error().code == Errc::not_found) continue;  // superseded meanwhile
      if (!stored) {
        report(stored.error());
      } else if (!std::ranges::equal(*stored, ByteView(content).first(ends[static_cast<std::size_t>(*width)]))) {
        const std::uint64_t first = checkpoint_.size / tile_width * tile_width;
        problem(fmt::format("{}.p/{}, entries from {} on: differs from the tree", full, name, first));
      }
    }
  }

  Hash root() const {
    std::vector<Hash> below;
    for (const auto& row : rows_) {
      std::vector<Hash> all = row;
      all.insert(all.end(), below.begin(), below.end());
      below.clear();
      if (!all.empty()) below.push_back(root_of(all));
    }
    return below.empty() ? empty_root() : below.front();
  }

  const TileReader& tiles_;
  const std::string& fleet_;
  const Checkpoint& checkpoint_;
  const TreeCheckEvents& events_;
  std::array<std::vector<Hash>, tile_levels_max + 1> rows_;
  std::array<std::uint64_t, tile_levels_max + 1> counts_{};
};

}  // namespace

void check_tree(const TileReader& tiles, const std::string& fleet, const Checkpoint& checkpoint,
                const TreeCheckEvents& events) {
  TreeCheck(tiles, fleet, checkpoint, events).run();
}

}  // namespace outrider::ledger
