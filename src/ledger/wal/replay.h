#pragma once
// Reading the write-ahead log back: at start, and when the ledger is verified. Changes nothing on disk.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ledger/wal/record.h"

namespace outrider::ledger {

// A segment that is being written by this name is "<number, 16 hex digits>.wal".
std::filesystem::path segment_path(const std::filesystem::path& directory, std::uint64_t number);
// Numbers of the segments that are there, ascending. corrupt when one between them is missing.
Result<std::vector<std::uint64_t>> list_segments(const std::filesystem::path& directory);

struct ReplayedSegment {
  std::uint64_t number = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t end = 0;   // behind the last whole batch
  std::uint64_t torn = 0;  // bytes of a write behind it that was cut short
  bool sealed = false;
  bool shortened = false;  // not sealed, and shorter than what was reserved: no crash does this
  Positions next;          // of the fleets with entries in the segment: where they went on behind it
};

struct Replay {
  std::vector<ReplayedSegment> segments;
  Positions first;  // where the oldest segment begins
  Positions next;   // where the log ends
};

using OnEntry = std::function<Result<void>(EntryRecord&& record)>;

// Gives every entry in order. corrupt, naming fleet and entry number, when a segment is missing or damaged, when
// numbers do not follow each other, or when anything but the end of the last segment is cut short.
Result<Replay> replay_wal(const std::filesystem::path& directory, const OnEntry& on_entry);

}  // namespace outrider::ledger
