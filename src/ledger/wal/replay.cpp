#include "ledger/wal/replay.h"

#include <fmt/format.h>

#include "base/file.h"
#include "ledger/files/disk.h"
#include "ledger/wal/frame.h"

namespace outrider::ledger {
namespace {

constexpr std::string_view segment_suffix = ".wal";
// A segment is as large as its options say, or as one batch and a table of fleets need; far below this.
constexpr std::size_t segment_bytes_max = std::size_t{4} << 30U;

// Where damage is, in the words of the ledger: the entry that the damaged block holds, as far as can be told.
std::string name_place(const FrameDamage& damage, Positions next, const std::string& last_seen) {
  Bytes body = damage.body_until;
  body.insert(body.end(), damage.body_here.begin(), damage.body_here.end());
  ByteReader in(body);
  std::string after = last_seen;
  while (!in.empty()) {
    auto record = take_record(in);
    if (!record) break;
    const auto* entry = std::get_if<EntryRecord>(&*record);
    if (entry == nullptr) continue;
    auto expected = next.find(entry->fleet);
    if (expected == next.end() || expected->second != entry->number) break;
    if (in.offset() > damage.body_until.size())
      return fmt::format("fleet {}, entry {}", entry->fleet.value, entry->number);
    after = fmt::format("fleet {}, entry {}", entry->fleet.value, entry->number);
    ++expected->second;
  }
  // The record runs on beyond the block: its head may still be readable.
  const Bytes head = to_bytes(in.rest());
  ByteReader header(head);
  if (auto type = header.u8(); type && *type == 3) {
    auto size = header.u8();
    auto name = size ? header.take(*size) : Result<ByteView>(ByteView{});
    auto number = header.u64();
    if (size && name && number) {
      auto fleet = FleetId::parse(as_text(*name));
      if (fleet && next.contains(*fleet) && next.at(*fleet) == *number) {
        return fmt::format("fleet {}, entry {}", fleet->value, *number);
      }
    }
  }
  return after.empty() ? std::string("before the first entry") : "the entry after " + after;
}

class SegmentReader {
 public:
  SegmentReader(Replay& replay, const OnEntry& on_entry, std::string& last_seen)
      : replay_(replay), on_entry_(on_entry), last_seen_(last_seen) {}

  Result<void> read(const std::filesystem::path& path, std::uint64_t number, bool newest) {
    name_ = path.filename().string();
    segment_.number = number;
    TRY(auto file, read_file(path, segment_bytes_max));
    segment_.file_bytes = file.size();
    TRY(auto scan, scan_frames(file, number, [&](ByteView body, std::uint64_t offset) { return batch(body, offset); }));
    if (scan.damage) {
      return corrupt(fmt::format("{}: damaged at byte {}: {}", name_place(*scan.damage, replay_.next, last_seen_),
                                 scan.damage->offset, scan.damage->what));
    }
    if (scan.end == 0) return corrupt("the segment has no beginning; entries after " + place() + " may be lost");
    segment_.end = scan.end;
    segment_.torn = scan.torn;
    segment_.shortened = !segment_.sealed && file.size() < reserved_bytes_;
    // A crash between the seal and giving back the space behind it leaves zeros there.
    if (segment_.sealed && (scan.torn != 0 || (!newest && file.size() != scan.end))) {
      return corrupt("something follows the end of a finished segment, after " + place());
    }
    if (!segment_.sealed && !newest) {
      return corrupt("the segment ends too early; the entries after " + place() + " are lost");
    }
    replay_.segments.push_back(std::move(segment_));
    return {};
  }

 private:
  Result<void> batch(ByteView body, std::uint64_t offset) {
    if (segment_.sealed) return corrupt("something follows the end of a finished segment, after " + place());
    ByteReader in(body);
    bool first = offset == 0;
    do {
      auto record = take_record(in);
      if (!record) return corrupt(fmt::format("{}, at byte {}: {}", place(), offset, record.error().text()));
      if (first != std::holds_alternative<SegmentStart>(*record))
        return corrupt("a segment begins with its table of fleets");
      first = false;
      CHECK(std::visit([&](auto&& r) { return take(std::move(r)); }, *std::move(record)));
    } while (!in.empty());
    return {};
  }

  Result<void> take(SegmentStart&& start) {
    if (start.segment != segment_.number) return corrupt(fmt::format("the file holds segment {}", start.segment));
    if (replay_.segments.empty()) {
      replay_.first = replay_.next = std::move(start.next);
    } else if (start.next != replay_.next) {
      return corrupt("the segment does not follow the one before it; entries after " + place() + " may be lost");
    }
    reserved_bytes_ = start.reserved_bytes;
    return {};
  }
  Result<void> take(FleetStart&& start) {
    if (!replay_.next.emplace(start.fleet, 0).second)
      return corrupt(fmt::format("fleet {} begins twice", start.fleet.value));
    return {};
  }
  Result<void> take(EntryRecord&& record) {
    auto expected = replay_.next.find(record.fleet);
    if (expected == replay_.next.end()) return corrupt(fmt::format("fleet {} has no beginning", record.fleet.value));
    if (expected->second != record.number) {
      return corrupt(fmt::format("fleet {}, entry {}: entry {} is in its place", record.fleet.value, expected->second,
                                 record.number));
    }
    segment_.next[record.fleet] = ++expected->second;
    last_seen_ = fmt::format("fleet {}, entry {}", record.fleet.value, record.number);
    return on_entry_(std::move(record));
  }
  Result<void> take(SegmentSeal&&) {
    segment_.sealed = true;
    return {};
  }

  std::string place() const { return last_seen_.empty() ? std::string("the first entry") : last_seen_; }
  std::unexpected<Error> corrupt(const std::string& what) const {
    return fail(Errc::corrupt, "ledger-damaged", fmt::format("write-ahead log {}: {}", name_, what));
  }

  Replay& replay_;
  const OnEntry& on_entry_;
  std::string& last_seen_;
  std::string name_;
  ReplayedSegment segment_;
  std::uint64_t reserved_bytes_ = 0;
};

}  // namespace

std::filesystem::path segment_path(const std::filesystem::path& directory, std::uint64_t number) {
  return directory / fmt::format("{:016x}{}", number, segment_suffix);
}

Result<std::vector<std::uint64_t>> list_segments(const std::filesystem::path& directory) {
  TRY(auto names, list_directory(directory));
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names) {
    auto raw = from_hex(name.substr(0, name.find('.')));
    if (!raw || raw->size() != sizeof(std::uint64_t)) continue;
    const std::uint64_t number = *ByteReader(*raw).u64();
    if (segment_path(directory, number).filename() != name) continue;
    if (!numbers.empty() && number != numbers.back() + 1) {
      return fail(
          Errc::corrupt, "ledger-damaged",
          fmt::format("write-ahead log: segment {:016x} is missing and its entries with it", numbers.back() + 1));
    }
    numbers.push_back(number);
  }
  return numbers;
}

Result<Replay> replay_wal(const std::filesystem::path& directory, const OnEntry& on_entry) {
  TRY(auto numbers, list_segments(directory));
  Replay replay;
  std::string last_seen;
  for (const std::uint64_t number : numbers) {
    SegmentReader reader(replay, on_entry, last_seen);
    CHECK(reader.read(segment_path(directory, number), number, number == numbers.back()));
  }
  return replay;
}

}  // namespace outrider::ledger
