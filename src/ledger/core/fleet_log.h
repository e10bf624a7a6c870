#pragma once
// All of one fleet's log: its tree on disk, its newest entries in memory, its keyring. Any thread; append only by the
// writer.
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "ledger/core/tail.h"
#include "ledger/keys/keyring.h"
#include "ledger/ledger.h"
#include "ledger/tree/fleet_tree.h"

namespace outrider::ledger {

class FleetLog {
 public:
  // The files exist (FleetTree::create, Keyring::create).
  static Result<std::shared_ptr<FleetLog>> open(Disk& disk, FleetPaths paths, FleetId fleet, const Secret& master);

  const FleetId& id() const { return id_; }
  Keyring& keyring() { return *keyring_; }
  const Keyring& keyring() const { return *keyring_; }
  const FleetPaths& paths() const { return paths_; }

  // The entries are durable and follow the last one. They are moved.
  void add(std::span<Tail::Entry> entries) { tail_.add(entries); }
  std::uint64_t durable() const { return tail_.durable(); }
  std::uint64_t integrated() const { return tail_.integrated(); }
  std::size_t unpublished_bytes() const { return tail_.unpublished_bytes(); }

  // Publishes all that is durable now. Returns the bytes of the entries that newly are in the tree.
  Result<std::size_t> publish();
  // Stored bytes of up to count_max entries, checked against the tree when they come from disk.
  Result<std::vector<Tail::Entry>> read_stored(std::uint64_t from, std::size_t count_max) const;
  Result<std::vector<Entry>> read(std::uint64_t from, std::size_t count_max) const;
  // The newest published checkpoint's note.
  std::string checkpoint() const;
  // Of a published entry.
  Result<std::string> prove(std::uint64_t number) const;
  FleetStatus status() const;

 private:
  // What others may ask while a publication is under way.
  struct Published {
    std::uint64_t size = 0;
    Hash root{};
    std::string note;
  };

  FleetLog(FleetPaths paths, FleetId fleet, std::unique_ptr<FleetTree> tree, std::unique_ptr<Keyring> keyring)
      : paths_(std::move(paths)),
        id_(std::move(fleet)),
        tree_(std::move(tree)),
        keyring_(std::move(keyring)),
        tail_(tree_->size()),
        published_{tree_->size(), tree_->root(), tree_->note()} {}
  Result<std::vector<Tail::Entry>> read_bundle(std::uint64_t from, std::uint64_t size, std::size_t count_max) const;
  Result<Entry> open_entry(std::uint64_t number, ByteView stored) const;

  const FleetPaths paths_;
  const FleetId id_;
  // One publication at a time; guards tree_ but its tiles() and verifier(), which never change.
  std::mutex tree_mutex_;
  std::unique_ptr<FleetTree> tree_;
  std::unique_ptr<Keyring> keyring_;
  Tail tail_;
  mutable std::mutex published_mutex_;
  Published published_;

  // The bundle read last: readers walk forward in steps smaller than a bundle.
  struct CachedBundle {
    std::uint64_t index = 0;
    std::vector<Tail::Entry> entries;
  };
  mutable std::mutex cache_mutex_;
  mutable CachedBundle cache_;
};

}  // namespace outrider::ledger
