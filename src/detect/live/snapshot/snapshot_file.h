#pragma once
// One fleet's snapshot on disk: docs/format/detection.md, "The file".
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/ledger.h"

namespace outrider::detect {

// 100,000 devices need about 0.4 GiB; what is larger than this nobody here wrote.
inline constexpr std::size_t snapshot_bytes_max = std::size_t{8} << 30U;

// As many as the fleet stage takes for said (fleet/standing.h).
inline constexpr std::uint32_t unspoken_max = 200'000;

struct Snapshot {
  std::uint64_t next = 0;               // number of the first entry that is not in it
  std::array<std::uint8_t, 32> mark{};  // of the entry before it: another history is not taken for this one
  std::set<std::string> unspoken;  // alerts that it takes for said and that the ledger does not have (live/follower.h)
  Bytes book;
  Bytes detector;
};

std::filesystem::path snapshot_path(const std::filesystem::path& directory, const FleetId& fleet);

// What a writer that was killed has left; nobody may be writing.
void remove_unfinished(const std::filesystem::path& directory);

Result<void> write_snapshot(const std::filesystem::path& path, const Snapshot& snapshot);
// Nothing when there is no file. Errc::corrupt: "bad-snapshot", or "other-snapshot" when another version wrote it.
Result<std::optional<Snapshot>> read_snapshot(const std::filesystem::path& path);

// What the ledger has before `next` (zeros for 0). Errc::not_found when it does not reach so far.
Result<std::array<std::uint8_t, 32>> mark_before(const ledger::Ledger& ledger, const FleetId& fleet,
                                                 std::uint64_t next);

}  // namespace outrider::detect
