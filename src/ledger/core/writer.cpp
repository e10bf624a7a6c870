#include "ledger/core/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/log.h"

namespace outrider::ledger {
namespace {

// What may wait for the disk before newcomers are turned away: seconds of the highest load.
constexpr std::size_t queued_bytes_max = 64U << 20U;
// One batch, so that one sync and one recovery stay short.
constexpr std::size_t batch_bytes_max = 4U << 20U;
constexpr std::size_t batch_entries_max = 8192;
// More than an entry's head and its record can take, besides the payload.
constexpr std::size_t item_overhead_bytes = 1024;
// How often a full disk is tried again.
constexpr std::chrono::milliseconds full_retry_interval{500};

std::size_t bytes_of(const Writer::Item& item) {
  return item.draft.payload.size() + item_overhead_bytes;
}

}  // namespace

struct Writer::Batch {
  ByteWriter body;
  Positions next;              // of the fleets in it, behind it
  std::vector<Bytes> entries;  // as stored, by item; empty for the beginning of a fleet
};

Writer::Writer(Wal& wal, Positions next, OnDurable on_durable)
    : wal_(wal), next_(std::move(next)), on_durable_(std::move(on_durable)), thread_([this] { run(); }) {}

std::optional<Error> Writer::refusal() const {
  if (failed_) return failed_;
  if (full_) return full_;
  if (stopping_) return Error(Errc::unavailable, "ledger-closed", "the ledger is closed");
  if (queued_bytes_ > queued_bytes_max)
    return Error(Errc::overloaded, "ledger-busy", "too many entries wait to be written");
  return std::nullopt;
}

void Writer::submit(Item item) {
  std::optional<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    refused = refusal();
    if (!refused) {
      queued_bytes_ += bytes_of(item);
      queue_.push_back(std::move(item));
      if (queue_.size() == 1) wake_.notify_one();
    }
  }
  if (refused) item.done(std::unexpected(*std::move(refused)));
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

std::string Writer::problem() const {
  const std::lock_guard lock(mutex_);
  const auto& error = failed_ ? failed_ : full_;
  return error ? error->text() : std::string();
}

void Writer::run() {
  std::vector<Item> items;
  for (;;) {
    bool try_again = false;
    {
      std::unique_lock lock(mutex_);
      const auto ready = [&] { return stopping_ || !queue_.empty(); };
      if (full_) {
        try_again = !wake_.wait_for(lock, full_retry_interval, ready);
      } else {
        wake_.wait(lock, ready);
      }
      if (stopping_ && queue_.empty()) return;
      items.swap(queue_);
      queued_bytes_ = 0;
    }
    if (try_again && !wal_.broken()) {
      if (auto room = make_room(0); !room && wal_.broken()) refuse_until_restart(room.error());
    }
    write(items);
    items.clear();
  }
}

void Writer::write(std::vector<Item>& items) {
  std::span<Item> rest(items);
  while (!rest.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < rest.size() && count < batch_entries_max; ++count) {
      bytes += bytes_of(rest[count]);
      if (count != 0 && bytes > batch_bytes_max) break;
    }
    write_batch(rest.first(count));
    rest = rest.subspan(count);
  }
}

// The keys of all personal drafts, fleet by fleet, each fleet's in one write.
void Writer::make_keys(std::span<Item> items, std::vector<Result<std::uint64_t>>& outcome) {
  std::map<FleetLog*, std::set<std::pair<Subject, KeyPeriod>>> wanted;
  for (const Item& item : items) {
    if (item.begins_fleet || item.draft.privacy != Privacy::personal) continue;
    wanted[item.fleet.get()].emplace(item.draft.subject, period_of(item.received));
  }
  for (const auto& [fleet, slots] : wanted) {
    const auto made = fleet->keyring().ensure(slots);
    if (made) continue;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].fleet.get() == fleet && items[i].draft.privacy == Privacy::personal)
        outcome[i] = std::unexpected(made.error());
    }
  }
}

void Writer::write_batch(std::span<Item> items) {
  std::vector<Result<std::uint64_t>> outcome(items.size(), Result<std::uint64_t>(0));
  make_keys(items, outcome);
  Batch batch;
  batch.entries.resize(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    Item& item = items[i];
    const FleetId& fleet = item.fleet->id();
    if (!outcome[i]) continue;
    if (item.begins_fleet) {
      put_record(batch.body, FleetStart{fleet});
      batch.next.emplace(fleet, 0);
      continue;
    }
    StoredEntry entry{item.draft.kind,
                      item.draft.privacy,
                      item.received,
                      fleet,
                      std::move(item.draft.subject),
                      std::move(item.draft.content_type),
                      {},
                      {},
                      std::move(item.draft.payload)};
    if (entry.privacy == Privacy::personal) {
      if (auto sealed = item.fleet->keyring().seal(entry); !sealed) {
        outcome[i] = std::unexpected(std::move(sealed).error());
        continue;
      }
    }
    const auto known = next_.find(fleet);
    auto& next = batch.next.try_emplace(fleet, known == next_.end() ? 0 : known->second).first->second;
    outcome[i] = next++;
    batch.entries[i] = encode_entry(entry);
    put_entry_record(batch.body, fleet, *outcome[i], batch.entries[i]);
  }
  std::optional<Error> lost;
  if (batch.body.size() != 0) {
    if (auto stored = store(batch); !stored) lost = std::move(stored).error();
  }
  std::uint64_t count = 0;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (lost && outcome[i]) outcome[i] = std::unexpected(*lost);
    if (!outcome[i] || items[i].begins_fleet) continue;
    ++count;
    bytes += batch.entries[i].size();
    items[i].fleet->add(std::move(batch.entries[i]));
  }
  if (count != 0) on_durable_(count, bytes);
  for (std::size_t i = 0; i < items.size(); ++i) items[i].done(std::move(outcome[i]));
}

Result<void> Writer::store(const Batch& batch) {
  if (wal_.broken()) {
    const std::lock_guard lock(mutex_);
    return std::unexpected(*failed_);
  }
  auto written = wal_.fits(batch.body.size()) ? Result<void>{} : make_room(batch.body.size());
  if (written) written = wal_.append(batch.body.bytes(), batch.next);
  if (!written) {
    if (wal_.broken()) refuse_until_restart(written.error());
    return written;
  }
  for (const auto& [fleet, next] : batch.next) next_[fleet] = next;
  return {};
}

Result<void> Writer::make_room(std::uint64_t body_bytes) {
  auto made = wal_.rotate(next_, body_bytes);
  const std::lock_guard lock(mutex_);
  if (made) {
    if (full_) log::info("ledger: there is space again; entries are taken");
    full_.reset();
    return made;
  }
  if (!full_)
    log::error("ledger: no space for new entries; they are refused until there is", {{"why", made.error().text()}});
  full_ = made.error();
  if (full_->code != Errc::unavailable)
    full_ = Error(Errc::unavailable, std::string(disk_full_reason), made.error().text());
  return std::unexpected(*full_);
}

void Writer::refuse_until_restart(const Error& error) {
  log::error("ledger: writing failed; nothing more is taken until a restart", {{"why", error.text()}});
  const std::lock_guard lock(mutex_);
  failed_ = Error(Errc::unavailable, "ledger-failed",
                  fmt::format("the ledger could not be written and takes nothing until a restart: {}", error.text()));
}

}  // namespace outrider::ledger
