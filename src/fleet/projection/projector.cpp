#include "fleet/projection/projector.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/precedence.h"
#include "store/projection.h"

namespace outrider::fleet {
namespace {

// Entries in one transaction: large enough that what is written once a batch (its commit, each device's last values and
// the time it was last seen) costs little beside the entries, small enough to be held in memory.
constexpr std::size_t batch_entries_max = 16384;
// Entries that come one by one are gathered for so long: a transaction for each would cost ten times the entry. The
// first after a silence is applied at once.
constexpr std::chrono::milliseconds quiet_interval{50};
// When there are many, every device has several in a batch that is gathered for longer: at 10,000 reports a second of
// 1,000 devices that halves what is written. What is shown is a second old then.
constexpr std::chrono::milliseconds busy_interval{1000};
constexpr std::uint64_t busy_entries = 256;
// How long a stop may have to wait for the follower to notice it.
constexpr std::chrono::milliseconds follow_deadline{200};
// Between two tries after an error of the database.
constexpr std::chrono::milliseconds retry_delay{1000};

}  // namespace

Projector::Projector(ledger::Ledger& ledger, store::Database& database, std::vector<Projection*> projections)
    : ledger_(ledger), database_(database), projections_(std::move(projections)) {}

Projector::~Projector() {
  stop();
}

Result<void> Projector::load_cursors() {
  TRY(auto session, database_.read());
  std::map<FleetId, std::vector<std::uint64_t>> cursors;
  for (std::size_t i = 0; i < projections_.size(); ++i) {
    TRY(const auto saved, store::load_cursors(session, projections_[i]->name()));
    for (const auto& [fleet, next] : saved) {
      const auto durable = ledger_.durable(fleet);
      if (!durable || next > *durable) {
        return fail(
            Errc::corrupt, "database-ahead",
            fmt::format("database {}: '{}' has read {} entries of fleet {}, the ledger has {}; the database belongs "
                        "to another ledger: delete it and it is rebuilt",
                        database_.file().string(), projections_[i]->name(), next, fleet.value, durable.value_or(0)));
      }
      auto& row = cursors[fleet];
      row.resize(projections_.size(), 0);
      row[i] = next;
    }
  }
  const std::lock_guard lock(mutex_);
  cursors_ = std::move(cursors);
  return {};
}

// One batch of one fleet, from the cursor that is furthest behind. True when there was something.
Result<bool> Projector::step(const FleetId& fleet) {
  std::uint64_t from = 0;
  {
    const std::lock_guard lock(mutex_);
    auto& row = cursors_[fleet];
    row.resize(projections_.size(), 0);
    from = row.empty() ? 0 : *std::ranges::min_element(row);
  }
  TRY(auto entries, ledger_.read(fleet, from, batch_entries_max));
  if (entries.empty()) return false;
  applied_ += entries.size();
  auto applied = apply_batch(fleet, from, std::move(entries));
  if (!applied) {
    for (Projection* projection : projections_) projection->rolled_back();
    return std::unexpected(std::move(applied).error());
  }
  return true;
}

Result<void> Projector::apply_batch(const FleetId& fleet, std::uint64_t from, std::vector<ledger::Entry> entries) {
  std::vector<std::uint64_t> next;
  {
    const std::lock_guard lock(mutex_);
    next = cursors_[fleet];
  }
  TRY(auto session, database_.begin());
  for (auto& entry : entries) {
    if (entry.number != from) {
      return fail(Errc::corrupt, "entry-missing",
                  fmt::format("fleet {}: expected entry {}, the ledger gave {}", fleet.value, from, entry.number));
    }
    ++from;
    DecodedEntry decoded(std::move(entry));
    for (std::size_t i = 0; i < projections_.size(); ++i) {
      if (decoded->number < next[i]) continue;
      CHECK(projections_[i]->apply(session, decoded));
      next[i] = from;
    }
  }
  for (std::size_t i = 0; i < projections_.size(); ++i) {
    CHECK(projections_[i]->flush(session));
    CHECK(store::save_cursor(session, projections_[i]->name(), fleet, next[i]));
  }
  CHECK(session.commit());
  for (Projection* projection : projections_) projection->committed();
  {
    const std::lock_guard lock(mutex_);
    cursors_[fleet] = std::move(next);
  }
  advanced_.notify_all();
  return {};
}

Result<void> Projector::catch_up(const Progress& progress) {
  CHECK(load_cursors());
  const std::uint64_t total = behind();
  for (const FleetId& fleet : ledger_.fleets()) {
    for (;;) {
      TRY(const bool more, step(fleet));
      if (!more) break;
      if (progress) progress(total - std::min(total, behind()), total);
    }
  }
  return {};
}

void Projector::start() {
  stop();
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
}

void Projector::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Projector::run() {
  step_behind_everybody();  // acknowledging reports comes first
  std::uint64_t seen = 0;
  while (!stopping_) {
    seen = ledger_.wait_for_growth(seen, follow_deadline);
    const auto begin = std::chrono::steady_clock::now();
    bool more = true;
    while (more && !stopping_) {
      more = false;
      for (const FleetId& fleet : ledger_.fleets()) {
        const auto stepped = step(fleet);
        set_problem(stepped ? std::string() : stepped.error().text());
        if (!stepped) {
          wait_for_retry();
          more = true;
        } else {
          more = more || *stepped;
        }
      }
    }
    const bool busy = std::exchange(applied_, 0) >= busy_entries;
    gather_until(begin + (busy ? busy_interval : quiet_interval));
  }
}

void Projector::gather_until(std::chrono::steady_clock::time_point end) const {
  while (!stopping_ && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_until(std::min(end, std::chrono::steady_clock::now() + quiet_interval));
}

void Projector::set_problem(std::string problem) {
  const std::lock_guard lock(mutex_);
  if (problem == problem_) return;
  if (problem.empty()) {
    log::info("projections advance again");
  } else {
    log::error("projections do not advance", {{"problem", problem}});
  }
  problem_ = std::move(problem);
}

void Projector::wait_for_retry() {
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, retry_delay, [this] { return stopping_.load(); });
}

std::uint64_t Projector::behind() const {
  std::uint64_t most = 0;
  const auto fleets = ledger_.fleets();
  for (std::size_t i = 0; i < projections_.size(); ++i) {
    std::uint64_t behind = 0;
    for (const FleetId& fleet : fleets) {
      const std::uint64_t durable = ledger_.durable(fleet).value_or(0);
      const std::lock_guard lock(mutex_);
      const auto row = cursors_.find(fleet);
      const std::uint64_t next = row == cursors_.end() || row->second.empty() ? 0 : row->second[i];
      behind += durable - std::min(durable, next);
    }
    most = std::max(most, behind);
  }
  return most;
}

std::uint64_t Projector::lag() const {
  return behind();
}

std::string Projector::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

bool Projector::wait_until_current(std::chrono::milliseconds deadline) const {
  std::map<FleetId, std::uint64_t> wanted;
  for (const FleetId& fleet : ledger_.fleets()) wanted[fleet] = ledger_.durable(fleet).value_or(0);
  const auto reached = [&] {
    return std::ranges::all_of(wanted, [&](const auto& item) {
      const auto row = cursors_.find(item.first);
      return item.second == 0 ||
             (row != cursors_.end() && !row->second.empty() && *std::ranges::min_element(row->second) >= item.second);
    });
  };
  std::unique_lock lock(mutex_);
  return advanced_.wait_for(lock, deadline, reached);
}

}  // namespace outrider::fleet
