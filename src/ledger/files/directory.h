#pragma once
// The names in a ledger's directory, and its lock. Fleets' names begin with a letter or digit, so those that begin with
// '_' are the ledger's own. docs/format/ledger.md, 1.
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/ids.h"
#include "ledger/files/disk.h"
#include "ledger/tree/fleet_tree.h"

namespace outrider::ledger {

class Directory {
 public:
  explicit Directory(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path wal() const { return root_ / "_wal"; }
  std::filesystem::path master_key() const { return root_ / "_keys" / "master.key"; }
  std::filesystem::path format() const { return root_ / "_format"; }
  std::filesystem::path lock_file() const { return root_ / "_lock"; }
  FleetPaths fleet(const FleetId& id) const { return {root_ / id.value, root_ / "_fleets" / id.value}; }
  // Fleets that have files, whether the write-ahead log knows them or not.
  Result<std::vector<FleetId>> fleets_on_disk() const;

  // Holds the lock while the descriptor is open. conflict ("ledger-in-use") when another process does.
  Result<UniqueFd> lock() const;
  bool locked_by_another() const;

  bool has_format() const;
  // corrupt or malformed when the directory is not of a version that is known.
  Result<void> check_format() const;
  // The last step of making a new one.
  Result<void> write_format(Disk& disk) const;

 private:
  std::filesystem::path root_;
};

}  // namespace outrider::ledger
