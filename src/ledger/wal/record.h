#pragma once
// What the write-ahead log says, record by record; a batch (frame.h) is a sequence of records.
// docs/format/ledger.md, 3. Pure functions; any thread.
#include <cstdint>
#include <map>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"

namespace outrider::ledger {

inline constexpr std::uint16_t wal_version = 1;

// Every fleet, and the number its next entry gets.
using Positions = std::map<FleetId, std::uint64_t>;

// First record of a segment.
struct SegmentStart {
  std::uint64_t segment = 0;
  std::uint64_t reserved_bytes = 0;  // the file's size while it is being written
  Positions next;
  bool operator==(const SegmentStart&) const = default;
};
struct FleetStart {
  FleetId fleet;
  bool operator==(const FleetStart&) const = default;
};
struct EntryRecord {
  FleetId fleet;
  std::uint64_t number = 0;
  Bytes entry;
  bool operator==(const EntryRecord&) const = default;
};
// Last record of a segment that is full or was closed: nothing is missing behind it.
struct SegmentSeal {
  bool operator==(const SegmentSeal&) const = default;
};
using WalRecord = std::variant<SegmentStart, FleetStart, EntryRecord, SegmentSeal>;

void put_record(ByteWriter& out, const WalRecord& record);
// Without copying the entry first.
void put_entry_record(ByteWriter& out, const FleetId& fleet, std::uint64_t number, ByteView entry);
std::size_t entry_record_bytes(const FleetId& fleet, std::size_t entry_bytes);
Result<WalRecord> take_record(ByteReader& in);

}  // namespace outrider::ledger
