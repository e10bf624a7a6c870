// Opening a ledger: lock, replay the write-ahead log, compare it with every tree, and continue.
#include <fmt/format.h>

#include "base/log.h"
#include "ledger/core/ledger_impl.h"

namespace outrider::ledger {
namespace {

std::unexpected<Error> damaged(std::string what) {
  return fail(Errc::corrupt, "ledger-damaged", std::move(what));
}

// A new directory, or one whose making was interrupted before anything was in it.
Result<void> make_directory(Disk& disk, const Directory& directory) {
  TRY(auto fleets, directory.fleets_on_disk());
  TRY(auto segments, list_segments(directory.wal()));
  if (!fleets.empty() || !segments.empty()) {
    return damaged(fmt::format("{} is missing, but the directory is not empty", directory.format().string()));
  }
  CHECK(make_directories(directory.wal()));
  CHECK(make_directories(directory.master_key().parent_path(), 0700));
  return make_master_key(disk, directory.master_key());
}

// The fleet's log is what the write-ahead log says it is: its tree ends within the entries that are there.
Result<void> check_continues(const FleetId& fleet, std::uint64_t size, const Replay& replay) {
  const auto first = replay.first.find(fleet);
  const std::uint64_t begin = first == replay.first.end() ? 0 : first->second;
  const std::uint64_t end = replay.next.at(fleet);
  if (size < begin) {
    return damaged(
        fmt::format("fleet {}, entry {}: the tree ends before it and the write-ahead log begins with {}: one of them "
                    "is an older copy",
                    fleet.value, size, begin));
  }
  if (size > end) {
    return damaged(
        fmt::format("fleet {}, entry {}: it was published, but the write-ahead log ends before it: a part is missing "
                    "or an older copy",
                    fleet.value, end));
  }
  return {};
}

// A fleet whose creation was interrupted has an empty tree and is not in the log; create_fleet replaces it.
Result<void> check_unknown_fleets(const Directory& directory, const Positions& known) {
  TRY(auto on_disk, directory.fleets_on_disk());
  for (const FleetId& fleet : on_disk) {
    std::error_code ignored;
    if (known.contains(fleet) || !std::filesystem::exists(directory.fleet(fleet).published / "tile", ignored)) continue;
    return damaged(
        fmt::format("fleet {}, entry 0: it has a tree, but the write-ahead log does not know the fleet", fleet.value));
  }
  return {};
}

Result<void> recover(Opened& opened) {
  Disk& disk = *opened.options.disk;
  const Directory& directory = opened.directory;
  std::map<FleetId, std::vector<Bytes>> pending;
  std::map<FleetId, std::uint64_t> sizes;
  // Entries below a tree's size are in it already. Sizes are known only once the trees are open, and trees only once
  // the log has named the fleets; so the log is read first, and what is not needed is dropped afterwards.
  std::map<FleetId, std::uint64_t> first_pending;
  TRY(auto replay, replay_wal(directory.wal(), [&](EntryRecord&& record) -> Result<void> {
        first_pending.try_emplace(record.fleet, record.number);
        pending[record.fleet].push_back(std::move(record.entry));
        return {};
      }));
  if (replay.segments.empty() && directory.has_format()) return damaged("the write-ahead log is missing");
  CHECK(check_unknown_fleets(directory, replay.next));
  for (const auto& [fleet, next] : replay.next) {
    TRY(auto log, FleetLog::open(disk, directory.fleet(fleet), fleet, opened.master));
    const std::uint64_t size = log->durable();
    CHECK(check_continues(fleet, size, replay));
    std::uint64_t number = first_pending.contains(fleet) ? first_pending.at(fleet) : next;
    std::vector<Tail::Entry> entries;
    for (Bytes& entry : pending[fleet]) {
      if (number++ >= size) entries.emplace_back(std::move(entry));
    }
    log->add(entries);
    pending.erase(fleet);
    opened.fleets.emplace(fleet, std::move(log));
  }
  opened.wal = std::make_unique<Wal>(WalOptions{directory.wal(), opened.options.segment_bytes, &disk});
  opened.next = replay.next;
  return opened.wal->start(replay);
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(Options options) {
  if (options.disk == nullptr) options.disk = &system_disk();
  const std::string where = fmt::format("while opening the ledger in {}", options.directory.string());
  auto opened = std::make_unique<Opened>(Opened{std::move(options), Directory({}), {}, {}, {}, {}, {}});
  opened->directory = Directory(opened->options.directory);
  const auto done = [&]() -> Result<void> {
    Disk& disk = *opened->options.disk;
    CHECK(make_directories(opened->directory.root()));
    TRY(opened->lock, opened->directory.lock());
    CHECK(remove_unfinished(opened->directory.root()));
    const bool known = opened->directory.has_format();
    if (known) {
      CHECK(opened->directory.check_format());
    } else {
      CHECK(make_directory(disk, opened->directory));
    }
    auto master = load_master_key(opened->directory.master_key());
    if (!master) return std::unexpected(std::move(master).error());
    opened->master = *std::move(master);
    CHECK(recover(*opened));
    return known ? Result<void>{} : opened->directory.write_format(disk);
  }();
  if (!done) return std::unexpected(Error(done.error()).during(where));
  return std::make_unique<LedgerImpl>(std::move(opened));
}

}  // namespace outrider::ledger
