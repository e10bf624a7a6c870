#include "ledger/core/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/log.h"
#include "base/precedence.h"

namespace outrider::ledger {
namespace {

// What may wait for the disk before newcomers are turned away: seconds of the highest load.
constexpr std::size_t queued_bytes_max = 64U << 20U;
constexpr std::size_t queued_entries_max = queued_bytes_max / 256;
// One batch, so that one sync and one recovery stay short.
constexpr std::size_t batch_bytes_max = 4U << 20U;
constexpr std::size_t batch_entries_max = 8192;
// So many waiting are worth a sync before the interval is over.
constexpr std::size_t eager_entries = 1024;
// Buffers a burst has made larger than this are given back.
constexpr std::size_t kept_bytes_max = 8U << 20U;
// How often a full disk is tried again.
constexpr std::chrono::milliseconds full_retry_interval{500};
// version, privacy, kind, received, fleet's length, subject's kind, subject's length (docs/format/ledger.md, 2)
constexpr std::size_t before_fleet_bytes = 1 + 1 + 2 + 8 + 1;
constexpr std::size_t before_subject_bytes = before_fleet_bytes + 1 + 1;

}  // namespace

struct Writer::Batch {
  ByteWriter body;
  std::vector<std::pair<FleetLog*, std::uint64_t>> next;  // of the fleets in it, behind it

  std::uint64_t& next_of(FleetLog* log, const Positions& known) {
    for (auto& [fleet, number] : next)
      if (fleet == log) return number;
    const auto found = known.find(log->id());
    return next.emplace_back(log, found == known.end() ? 0 : found->second).second;
  }
};

Writer::Writer(Wal& wal, Positions next, Interval interval, OnDurable on_durable)
    : wal_(wal), next_(std::move(next)), interval_(interval), on_durable_(std::move(on_durable)), thread_([this] {
        run();
      }) {}

std::optional<Error> Writer::refusal() const {
  if (failed_) return failed_;
  if (full_) return full_;
  if (stopping_) return Error(Errc::unavailable, "ledger-closed", "the ledger is closed");
  if (queue_.bytes.size() > queued_bytes_max || queue_.items.size() > queued_entries_max)
    return Error(Errc::overloaded, "ledger-busy", "too many entries wait to be written");
  return std::nullopt;
}

Result<void> Writer::submit(FleetLog& log, const DraftView& draft, Timestamp received,
                            const std::shared_ptr<Recipient>& recipient, std::uint64_t token) {
  const std::lock_guard lock(mutex_);
  if (auto refused = refusal()) return std::unexpected(*std::move(refused));
  Item item;
  item.log = &log;
  item.recipient = recipient;
  item.token = token;
  item.begin = queue_.bytes.size();
  put_head(queue_.bytes, draft, received);
  item.head_bytes = static_cast<std::uint32_t>(queue_.bytes.size() - item.begin);
  item.payload_bytes = static_cast<std::uint32_t>(draft.payload.size());
  item.subject_at = static_cast<std::uint32_t>(before_subject_bytes + draft.fleet.value.size());
  item.subject_bytes = static_cast<std::uint8_t>(draft.subject.size());
  item.subject_kind = draft.subject_kind;
  item.privacy = draft.privacy;
  if (draft.privacy == Privacy::personal) item.period = period_of(received);
  queue_.bytes.insert(queue_.bytes.end(), draft.payload.begin(), draft.payload.end());
  queue_.items.push_back(std::move(item));
  if (queue_.items.size() == 1 || queue_.items.size() == eager_entries) wake_.notify_one();
  return {};
}

void Writer::begin_fleet(FleetLog& log, const std::shared_ptr<Recipient>& recipient) {
  std::optional<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    refused = refusal();
    if (!refused) {
      Item item;
      item.log = &log;
      item.recipient = recipient;
      queue_.items.push_back(std::move(item));
      wake_.notify_one();
    }
  }
  const Receipt receipt{0, 0, refused ? &*refused : nullptr};
  if (refused) recipient->appended({&receipt, 1});
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
  ask_for_short_turns();
  for (;;) {
    bool try_again = false;
    {
      std::unique_lock lock(mutex_);
      const auto ready = [&] { return stopping_ || !queue_.items.empty(); };
      if (full_) {
        try_again = !wake_.wait_for(lock, full_retry_interval, ready);
      } else {
        wake_.wait(lock, ready);
      }
      if (stopping_ && queue_.items.empty()) return;
      take(lock);
    }
    if (try_again && !wal_.broken()) {
      if (auto room = make_room(0); !room && wal_.broken()) refuse_until_restart(room.error());
    }
    write_taken();
  }
}

// Takes what waits, after the interval: more may come until then.
void Writer::take(std::unique_lock<std::mutex>& lock) {
  wake_.wait_until(lock, next_batch_, [&] { return stopping_ || queue_.items.size() >= eager_entries; });
  next_batch_ = std::chrono::steady_clock::now() + interval_;
  std::swap(taken_, queue_);
}

void Writer::write_taken() {
  std::span<const Item> rest(taken_.items);
  while (!rest.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < rest.size() && count < batch_entries_max; ++count) {
      bytes += rest[count].head_bytes + rest[count].payload_bytes;
      if (count != 0 && bytes > batch_bytes_max) break;
    }
    write_batch(rest.first(count));
    rest = rest.subspan(count);
  }
  taken_.items.clear();
  taken_.bytes.clear();
  if (taken_.bytes.capacity() > kept_bytes_max) taken_ = {};
}

KeySlot Writer::slot_of(const Item& item) const {
  const ByteView id = ByteView(taken_.bytes).subspan(item.begin + item.subject_at, item.subject_bytes);
  return {item.subject_kind, as_text(id), item.period};
}

// The missing keys of all personal drafts, fleet by fleet, each fleet's in one write.
void Writer::make_keys(std::span<const Item> items) {
  std::map<FleetLog*, std::set<std::pair<Subject, KeyPeriod>>> wanted;
  for (const Item& item : items) {
    if (item.head_bytes == 0 || item.privacy != Privacy::personal) continue;
    const KeySlot slot = slot_of(item);
    if (!item.log->keyring().has(slot)) wanted[item.log].emplace(Subject{slot.kind, std::string(slot.id)}, slot.period);
  }
  for (const auto& [log, slots] : wanted) {
    const auto made = log->keyring().ensure(slots);
    if (made) continue;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].log == log && items[i].privacy == Privacy::personal) outcomes_[i].error = made.error();
    }
  }
}

// The whole entry as it is stored, in sealed_.
Result<void> Writer::put_sealed(const Item& item) {
  TRY(const auto key, item.log->keyring().sealing_key(slot_of(item)));
  const ByteView head = ByteView(taken_.bytes).subspan(item.begin, item.head_bytes);
  const ByteView payload = ByteView(taken_.bytes).subspan(item.begin + item.head_bytes, item.payload_bytes);
  const auto nonce = crypto::random_array<crypto::aead_nonce_bytes>();
  sealed_.assign(head.begin(), head.end());
  sealed_.insert(sealed_.end(), key.id.begin(), key.id.end());
  sealed_.insert(sealed_.end(), nonce.begin(), nonce.end());
  const std::size_t associated = sealed_.size();
  sealed_.resize(associated + payload.size() + crypto::aead_tag_bytes);
  const std::span<std::uint8_t> all(sealed_);
  sealer_.seal(key.secret, nonce, all.first(associated), payload, all.subspan(associated));
  return {};
}

void Writer::put_entry(Batch& batch, const Item& item, Outcome& outcome) {
  ByteView entry = ByteView(taken_.bytes).subspan(item.begin, std::size_t{item.head_bytes} + item.payload_bytes);
  if (item.privacy == Privacy::personal) {
    if (auto sealed = put_sealed(item); !sealed) {
      outcome.error = std::move(sealed).error();
      return;
    }
    entry = sealed_;
  }
  outcome.number = batch.next_of(item.log, next_)++;
  put_entry_record(batch.body, item.log->id(), outcome.number, entry);
  outcome.bytes = entry.size();
  outcome.begin = batch.body.size() - entry.size();  // a record ends with its entry
}

void Writer::write_batch(std::span<const Item> items) {
  outcomes_.assign(items.size(), {});
  make_keys(items);
  Batch batch;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (outcomes_[i].error) continue;
    if (items[i].head_bytes == 0) {
      put_record(batch.body, FleetStart{items[i].log->id()});
      batch.next.emplace_back(items[i].log, 0);
    } else {
      put_entry(batch, items[i], outcomes_[i]);
    }
  }
  std::optional<Error> lost;
  if (batch.body.size() != 0) {
    if (auto stored = store(batch); !stored) lost = std::move(stored).error();
  }
  if (lost) {
    for (Outcome& outcome : outcomes_)
      if (!outcome.error) outcome.error = lost;
  }
  add_durable(items, std::make_shared<const Bytes>(std::move(batch.body).take()));
  tell(items);
}

// Those of one fleet that are neighbours together.
void Writer::add_durable(std::span<const Item> items, const std::shared_ptr<const Bytes>& body) {
  std::uint64_t count = 0;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < items.size();) {
    added_.clear();
    const std::size_t begin = i;
    for (; i < items.size() && items[i].log == items[begin].log; ++i) {
      const Outcome& outcome = outcomes_[i];
      if (outcome.error || items[i].head_bytes == 0) continue;
      added_.emplace_back(body, ByteView(*body).subspan(outcome.begin, outcome.bytes));
      bytes += outcome.bytes;
    }
    count += added_.size();
    items[begin].log->add(added_);
  }
  if (count != 0) on_durable_(count, bytes);
}

// Each recipient of its neighbours in one call.
void Writer::tell(std::span<const Item> items) {
  for (std::size_t i = 0; i < items.size();) {
    receipts_.clear();
    std::size_t end = i;
    for (; end < items.size() && items[end].recipient == items[i].recipient; ++end) {
      const auto& error = outcomes_[end].error;
      receipts_.push_back({items[end].token, outcomes_[end].number, error ? &*error : nullptr});
    }
    items[i].recipient->appended(receipts_);
    i = end;
  }
}

Result<void> Writer::store(const Batch& batch) {
  if (wal_.broken()) {
    const std::lock_guard lock(mutex_);
    return std::unexpected(*failed_);
  }
  Positions next;
  for (const auto& [log, number] : batch.next) next[log->id()] = number;
  auto written = wal_.fits(batch.body.size()) ? Result<void>{} : make_room(batch.body.size());
  if (written) written = wal_.append(batch.body.bytes(), next);
  if (!written) {
    if (wal_.broken()) refuse_until_restart(written.error());
    return written;
  }
  for (const auto& [fleet, number] : next) next_[fleet] = number;
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
