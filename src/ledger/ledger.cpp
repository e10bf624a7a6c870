#include "ledger/ledger.h"

#include <fmt/format.h>

#include <future>

#include "base/log.h"
#include "ledger/core/ledger_impl.h"
#include "ledger/files/cursor.h"

namespace outrider::ledger {
namespace {

// Entries that are durable but not yet in a tree are held in memory. When publishing lags this far behind, or fails for
// long, newcomers are turned away until it has caught up.
constexpr std::int64_t unpublished_bytes_max = 256U << 20U;

// Passes the end of one append on.
class Once final : public Recipient {
 public:
  explicit Once(Ledger::Done done) : done_(std::move(done)) {}
  void appended(std::span<const Receipt> receipts) override {
    const Receipt& only = receipts.front();
    done_(only.error == nullptr ? Result<std::uint64_t>(only.number) : std::unexpected(*only.error));
  }

 private:
  Ledger::Done done_;
};

}  // namespace

void Ledger::submit(const DraftView& draft, const std::shared_ptr<Recipient>& recipient, std::uint64_t token) {
  append(draft_of(draft), [recipient, token](Result<std::uint64_t> number) {
    const Receipt receipt{token, number.value_or(0), number ? nullptr : &number.error()};
    recipient->appended({&receipt, 1});
  });
}

Result<std::uint64_t> Ledger::append_and_wait(Draft draft) {
  std::promise<Result<std::uint64_t>> promise;
  auto future = promise.get_future();
  append(std::move(draft), [&promise](Result<std::uint64_t> outcome) { promise.set_value(std::move(outcome)); });
  return future.get();
}

LedgerImpl::LedgerImpl(std::unique_ptr<Opened> opened)
    : opened_(std::move(opened)),
      clock_(opened_->options.clock != nullptr ? *opened_->options.clock : system_clock()),
      fleets_(std::move(opened_->fleets)),
      writer_(*opened_->wal, opened_->next, opened_->options.batch_interval,
              [this](std::uint64_t entries, std::size_t bytes) { entries_came(entries, bytes); }) {
  for (const auto& [id, next] : opened_->next) growth_ += next;
  for (const auto& [id, log] : all()) unpublished_bytes_ += static_cast<std::int64_t>(log->unpublished_bytes());
  publisher_ = std::thread([this] { run_publisher(); });
}

Result<std::shared_ptr<FleetLog>> LedgerImpl::find(const FleetId& fleet) const {
  const std::shared_lock lock(fleets_mutex_);
  const auto found = fleets_.find(fleet);
  if (found == fleets_.end())
    return fail(Errc::not_found, "no-such-fleet", fmt::format("there is no fleet {}", fleet.value));
  return found->second;
}

// Without sharing it: a fleet's log lives as long as the ledger.
Result<FleetLog*> LedgerImpl::find_log(const FleetId& fleet) const {
  const std::shared_lock lock(fleets_mutex_);
  const auto found = fleets_.find(fleet);
  if (found == fleets_.end())
    return fail(Errc::not_found, "no-such-fleet", fmt::format("there is no fleet {}", fleet.value));
  return found->second.get();
}

FleetLogs LedgerImpl::all() const {
  const std::shared_lock lock(fleets_mutex_);
  return fleets_;
}

std::vector<FleetId> LedgerImpl::fleets() const {
  std::vector<FleetId> out;
  for (const auto& [id, log] : all()) out.push_back(id);
  return out;
}

Result<void> LedgerImpl::create_fleet(const FleetId& fleet) {
  TRY(auto checked, FleetId::parse(fleet.value));
  const std::lock_guard lock(create_mutex_);
  if (find(checked)) return fail(Errc::conflict, "fleet-exists", fmt::format("fleet {} exists already", fleet.value));
  Disk& disk = *opened_->options.disk;
  const FleetPaths paths = opened_->directory.fleet(checked);
  CHECK(FleetTree::create(disk, paths, fmt::format("{}/{}", opened_->options.server_name, checked.value)));
  CHECK(Keyring::create(disk, paths.keyring(), checked));
  TRY(auto log, FleetLog::open(disk, paths, checked, opened_->master));
  std::promise<Result<std::uint64_t>> promise;
  auto future = promise.get_future();
  writer_.begin_fleet(*log, std::make_shared<Once>(
                                [&promise](Result<std::uint64_t> outcome) { promise.set_value(std::move(outcome)); }));
  CHECK(future.get());
  const std::unique_lock writing(fleets_mutex_);
  fleets_.emplace(checked, std::move(log));
  return {};
}

void LedgerImpl::append(Draft draft, Done done) {
  submit(view_of(draft), std::make_shared<Once>(std::move(done)), 0);
}

void LedgerImpl::submit(const DraftView& draft, const std::shared_ptr<Recipient>& recipient, std::uint64_t token) {
  auto taken = [&]() -> Result<void> {
    TRY(FleetLog* const log, find_log(draft.fleet));
    CHECK(check_draft(draft));
    if (unpublished_bytes_.load(std::memory_order_relaxed) > unpublished_bytes_max)
      return fail(Errc::overloaded, "ledger-behind", "too many durable entries wait to be put into their trees");
    return writer_.submit(*log, draft, draft.received.value_or(clock_.now()), recipient, token);
  }();
  if (taken) return;
  const Receipt refused{token, 0, &taken.error()};
  recipient->appended({&refused, 1});
}

void LedgerImpl::entries_came(std::uint64_t entries, std::size_t bytes) {
  unpublished_bytes_.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
  const std::lock_guard lock(growth_mutex_);
  growth_ += entries;
  grown_.notify_all();
}

Result<std::uint64_t> LedgerImpl::durable(const FleetId& fleet) const {
  TRY(auto log, find(fleet));
  return log->durable();
}

Result<std::vector<Entry>> LedgerImpl::read(const FleetId& fleet, std::uint64_t from, std::size_t count_max) const {
  TRY(auto log, find(fleet));
  return log->read(from, count_max);
}

std::uint64_t LedgerImpl::wait_for_growth(std::uint64_t seen, std::chrono::milliseconds deadline) const {
  std::unique_lock lock(growth_mutex_);
  grown_.wait_for(lock, deadline, [&] { return growth_ != seen; });
  return growth_;
}

Result<std::uint64_t> LedgerImpl::load_cursor(const std::string& name, const FleetId& fleet) const {
  TRY(auto log, find(fleet));
  TRY(auto path, cursor_path(log->paths().cursors(), name));
  const std::lock_guard lock(cursor_mutex_);
  TRY(auto next, read_cursor(path));
  if (next > log->durable()) {
    return fail(
        Errc::corrupt, "ledger-damaged",
        fmt::format("fleet {}: reader {} has seen entries up to {}, but the ledger ends at {}: entries are lost",
                    fleet.value, name, next, log->durable()));
  }
  return next;
}

Result<void> LedgerImpl::save_cursor(const std::string& name, const FleetId& fleet, std::uint64_t next) {
  TRY(auto log, find(fleet));
  TRY(auto path, cursor_path(log->paths().cursors(), name));
  if (next > log->durable())
    return fail(Errc::malformed, "bad-cursor", fmt::format("entry {} is not durable yet", next));
  const std::lock_guard lock(cursor_mutex_);
  return write_cursor(*opened_->options.disk, path, next);
}

Status LedgerImpl::status() const {
  Status out;
  out.problem = writer_.problem();
  out.healthy = out.problem.empty();
  out.wal_bytes = opened_->wal->bytes();
  for (const auto& [id, log] : all()) out.fleets.push_back(log->status());
  const std::lock_guard lock(publisher_mutex_);
  if (out.problem.empty() && !publisher_problems_.empty()) out.problem = publisher_problems_.begin()->second;
  return out;
}

Result<std::string> LedgerImpl::checkpoint(const FleetId& fleet) const {
  TRY(auto log, find(fleet));
  return log->checkpoint();
}

Result<std::string> LedgerImpl::publish(const FleetId& fleet) {
  TRY(auto log, find(fleet));
  CHECK(publish_one(*log));
  return log->checkpoint();
}

Result<std::string> LedgerImpl::prove(const FleetId& fleet, std::uint64_t number) {
  TRY(auto log, find(fleet));
  if (number < log->durable() && number >= log->integrated()) CHECK(publish_one(*log));
  return log->prove(number);
}

Result<void> LedgerImpl::shred(const FleetId& fleet, const Subject& subject) {
  TRY(auto log, find(fleet));
  TRY(auto count, log->keyring().shred(subject));
  log::info("ledger: data keys destroyed", {{"fleet", fleet.value}, {"keys", count}});
  return {};
}

Result<void> LedgerImpl::publish_one(FleetLog& log) {
  auto published = log.publish();
  if (published) unpublished_bytes_.fetch_sub(static_cast<std::int64_t>(*published), std::memory_order_relaxed);
  const std::lock_guard lock(publisher_mutex_);
  if (published) {
    publisher_problems_.erase(log.id());
    return {};
  }
  const std::string problem = published.error().text();
  auto& known = publisher_problems_[log.id()];
  if (known != problem)
    log::error("ledger: a tree could not be published", {{"fleet", log.id().value}, {"why", problem}});
  known = problem;
  return std::unexpected(std::move(published).error());
}

void LedgerImpl::publish_all() {
  const FleetLogs logs = all();
  for (const auto& [id, log] : logs) {
    // A failure is kept for status(), and tried again with the next round.
    if (log->durable() != log->integrated()) (void)publish_one(*log);
  }
  auto dropped = opened_->wal->drop_integrated([&](const FleetId& fleet, std::uint64_t next) {
    const auto log = logs.find(fleet);
    return log != logs.end() && log->second->integrated() >= next;
  });
  if (!dropped) log::warn("ledger: an old segment could not be removed", {{"why", dropped.error().text()}});
}

void LedgerImpl::run_publisher() {
  std::unique_lock lock(publisher_mutex_);
  while (!publisher_stopping_) {
    publisher_wake_.wait_for(lock, opened_->options.checkpoint_interval, [&] { return publisher_stopping_; });
    lock.unlock();
    publish_all();
    lock.lock();
  }
}

void LedgerImpl::close() {
  const std::lock_guard closing(close_mutex_);
  if (closed_) return;
  closed_ = true;
  writer_.stop();
  {
    const std::lock_guard lock(publisher_mutex_);
    publisher_stopping_ = true;
    publisher_wake_.notify_all();
  }
  publisher_.join();
  if (!opened_->wal->broken()) {
    if (auto sealed = opened_->wal->seal(); !sealed)
      log::error("ledger: not closed properly", {{"why", sealed.error().text()}});
  }
}

}  // namespace outrider::ledger
