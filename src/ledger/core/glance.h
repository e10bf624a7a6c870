#pragma once
// A quick look at a ledger's directory from outside: what can be told in a moment, without reading every entry
// (ledger.h verify does that). Reads only; on a directory that a server has open as well as on one at rest.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace outrider::ledger {

struct TreeGlance {
  FleetId fleet;
  std::uint64_t published = 0;             // entries under the checkpoint
  std::uint64_t entries = 0;               // with those that are only in the write-ahead log
  std::optional<Timestamp> last_received;  // of the newest entry; nothing: the tree is empty or could not be read
};

struct Glance {
  bool in_use = false;  // another process has it open
  std::uint64_t wal_bytes = 0;
  std::vector<TreeGlance> trees;
  // Each names the file or the fleet and the entry.
  std::vector<std::string> problems;
};

// Looked at: format, lock, the whole write-ahead log, and of each tree its keys, the signatures of its checkpoints, the
// root over its right edge and its last entry. not_found ("no-ledger") when there is none.
Result<Glance> glance(const std::filesystem::path& directory);

}  // namespace outrider::ledger
