#include "ledger/wal/record.h"

#include <fmt/format.h>

namespace outrider::ledger {
namespace {

enum class RecordType : std::uint8_t { segment_start = 1, fleet_start = 2, entry = 3, segment_seal = 4 };

constexpr std::string_view magic = "outrider wal";

void put_type(ByteWriter& out, RecordType type) {
  out.u8(static_cast<std::uint8_t>(type));
}

void put_fleet(ByteWriter& out, const FleetId& fleet) {
  out.u8(static_cast<std::uint8_t>(fleet.value.size())).raw(fleet.value);
}

Result<FleetId> take_fleet(ByteReader& in) {
  TRY(auto size, in.u8());
  TRY(auto text, in.take(size));
  return FleetId::parse(as_text(text));
}

std::unexpected<Error> bad_record(std::string detail) {
  return fail(Errc::malformed, "bad-record", std::move(detail));
}

Result<WalRecord> take_segment_start(ByteReader& in) {
  TRY(auto found, in.take(magic.size()));
  if (as_text(found) != magic) return bad_record("not a segment of the write-ahead log");
  TRY(auto version, in.u16());
  if (version != wal_version) return bad_record(fmt::format("write-ahead log version {} is not known", version));
  SegmentStart start;
  TRY(start.segment, in.u64());
  TRY(start.reserved_bytes, in.u64());
  TRY(auto count, in.u32());
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(auto fleet, take_fleet(in));
    TRY(auto next, in.u64());
    if (!start.next.empty() && !(start.next.rbegin()->first < fleet)) return bad_record("fleets are not in order");
    start.next.emplace_hint(start.next.end(), std::move(fleet), next);
  }
  return start;
}

}  // namespace

void put_record(ByteWriter& out, const WalRecord& record) {
  if (const auto* start = std::get_if<SegmentStart>(&record)) {
    put_type(out, RecordType::segment_start);
    out.raw(magic).u16(wal_version).u64(start->segment).u64(start->reserved_bytes);
    out.u32(static_cast<std::uint32_t>(start->next.size()));
    for (const auto& [fleet, next] : start->next) {
      put_fleet(out, fleet);
      out.u64(next);
    }
  } else if (const auto* fleet = std::get_if<FleetStart>(&record)) {
    put_type(out, RecordType::fleet_start);
    put_fleet(out, fleet->fleet);
  } else if (const auto* entry = std::get_if<EntryRecord>(&record)) {
    put_entry_record(out, entry->fleet, entry->number, entry->entry);
  } else {
    put_type(out, RecordType::segment_seal);
  }
}

void put_entry_record(ByteWriter& out, const FleetId& fleet, std::uint64_t number, ByteView entry) {
  put_type(out, RecordType::entry);
  put_fleet(out, fleet);
  out.u64(number).block16(entry);
}

std::size_t entry_record_bytes(const FleetId& fleet, std::size_t entry_bytes) {
  return 1 + 1 + fleet.value.size() + 8 + 2 + entry_bytes;
}

Result<WalRecord> take_record(ByteReader& in) {
  TRY(auto type, in.u8());
  switch (static_cast<RecordType>(type)) {
    case RecordType::segment_start:
      return take_segment_start(in);
    case RecordType::fleet_start: {
      TRY(auto fleet, take_fleet(in));
      return FleetStart{std::move(fleet)};
    }
    case RecordType::entry: {
      EntryRecord record;
      TRY(record.fleet, take_fleet(in));
      TRY(record.number, in.u64());
      TRY(auto entry, in.block16());
      record.entry = to_bytes(entry.rest());
      return record;
    }
    case RecordType::segment_seal:
      return SegmentSeal{};
  }
  return bad_record(fmt::format("record type {} is not known", type));
}

}  // namespace outrider::ledger
