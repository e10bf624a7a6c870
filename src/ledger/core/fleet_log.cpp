#include "ledger/core/fleet_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/proof/proof.h"

namespace outrider::ledger {
namespace {

// One step of publishing: bounds the memory a long backlog takes while it is written.
constexpr std::size_t publish_entries_max = 16 * 1024;
constexpr std::size_t publish_bytes_max = 16U << 20U;
// One answer to a reader, unless a single entry is larger.
constexpr std::size_t read_bytes_max = 16U << 20U;

}  // namespace

Result<std::shared_ptr<FleetLog>> FleetLog::open(Disk& disk, FleetPaths paths, FleetId fleet, const Secret& master) {
  TRY(auto tree, FleetTree::open(disk, paths, fleet.value));
  TRY(auto keyring, Keyring::open(disk, paths.keyring(), fleet, master));
  return std::shared_ptr<FleetLog>(
      new FleetLog(std::move(paths), std::move(fleet), std::move(tree), std::move(keyring)));
}

Result<std::size_t> FleetLog::publish() {
  const std::lock_guard lock(tree_mutex_);
  std::size_t bytes = 0;
  const std::uint64_t until = tail_.durable();
  while (tree_->size() < until) {
    const auto entries = tail_.take(tree_->size(), publish_entries_max, publish_bytes_max);
    CHECK(tree_->extend(entries));
    {
      const std::lock_guard publishing(published_mutex_);
      published_ = {tree_->size(), tree_->root(), tree_->note()};
    }
    bytes += tail_.set_integrated(tree_->size());
  }
  return bytes;
}

Result<std::vector<Tail::Entry>> FleetLog::read_bundle(std::uint64_t from, std::uint64_t size,
                                                       std::size_t count_max) const {
  const std::uint64_t index = from / tile_width;
  const auto skip = static_cast<std::size_t>(from % tile_width);
  const auto slice = [&](const std::vector<Tail::Entry>& all) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(skip);
    return std::vector<Tail::Entry>(begin, begin + static_cast<std::ptrdiff_t>(std::min(count_max, all.size() - skip)));
  };
  {
    const std::lock_guard lock(cache_mutex_);
    if (cache_.index == index && cache_.entries.size() > skip) return slice(cache_.entries);
  }
  TRY(auto stored, tree_->tiles().bundle(index, size));
  std::vector<Tail::Entry> entries;
  entries.reserve(stored.size());
  for (Bytes& entry : stored) entries.emplace_back(std::move(entry));
  auto out = slice(entries);
  const std::lock_guard lock(cache_mutex_);
  cache_ = {index, std::move(entries)};
  return out;
}

Result<std::vector<Tail::Entry>> FleetLog::read_stored(std::uint64_t from, std::size_t count_max) const {
  std::vector<Tail::Entry> out;
  std::size_t bytes = 0;
  while (out.size() < count_max && bytes < read_bytes_max) {
    const std::uint64_t next = from + out.size();
    auto more = tail_.take(next, count_max - out.size(), read_bytes_max - bytes);
    if (more.empty()) {
      // Not in memory: it is in the tree, or not there yet.
      const std::uint64_t size = tail_.integrated();
      if (next >= size) {
        if (next >= tail_.durable()) break;
        continue;  // it became durable between the two looks
      }
      TRY(more, read_bundle(next, size, count_max - out.size()));
    }
    for (auto& entry : more) {
      bytes += entry.size();
      out.push_back(std::move(entry));
    }
  }
  return out;
}

Result<Entry> FleetLog::open_entry(std::uint64_t number, ByteView stored) const {
  const auto damaged = [&](const Error& error) {
    return fail(Errc::corrupt, "ledger-damaged",
                fmt::format("fleet {}, entry {}: {}", id_.value, number, error.text()));
  };
  auto decoded = decode_entry(stored);
  if (!decoded) return damaged(decoded.error());
  bool shredded = false;
  if (decoded->privacy == Privacy::personal) {
    auto payload = keyring_->open_payload(*decoded);
    if (!payload) return damaged(payload.error());
    shredded = !payload->has_value();
    decoded->payload = (*std::move(payload)).value_or(Bytes());
  }
  return Entry{number,
               decoded->kind,
               std::move(decoded->fleet),
               std::move(decoded->subject),
               decoded->received,
               std::move(decoded->content_type),
               std::move(decoded->payload),
               decoded->privacy,
               shredded};
}

Result<std::vector<Entry>> FleetLog::read(std::uint64_t from, std::size_t count_max) const {
  TRY(auto stored, read_stored(from, count_max));
  std::vector<Entry> out;
  out.reserve(stored.size());
  for (const auto& bytes : stored) {
    TRY(auto entry, open_entry(from + out.size(), *bytes));
    out.push_back(std::move(entry));
  }
  return out;
}

std::string FleetLog::checkpoint() const {
  const std::lock_guard lock(published_mutex_);
  return published_.note;
}

Result<std::string> FleetLog::prove(std::uint64_t number) const {
  if (number >= tail_.durable()) {
    return fail(Errc::not_found, "no-such-entry",
                fmt::format("fleet {} has no entry {}; the next one will be {}", id_.value, number, tail_.durable()));
  }
  Published tree;
  {
    const std::lock_guard lock(published_mutex_);
    tree = published_;
  }
  if (number >= tree.size)
    return fail(Errc::unavailable, "not-published", fmt::format("entry {} is not published yet", number));
  const TileReader& tiles = tree_->tiles();
  TRY(auto bundle, tiles.bundle(number / tile_width, tree.size));
  TRY(auto path, inclusion_proof(number, tree.size, tiles.subtrees(tree.size)));
  return write_proof({tree_->verifier(), std::move(bundle[static_cast<std::size_t>(number % tile_width)]), number,
                      std::move(path), std::move(tree.note)});
}

FleetStatus FleetLog::status() const {
  const std::lock_guard lock(published_mutex_);
  return {
      id_, tail_.durable(), published_.size, tree_->verifier().name, base64(published_.root), tree_->verifier().text()};
}

}  // namespace outrider::ledger
