#pragma once
// Reads the ledger for projections: catches up, then follows the tail on a thread of its own.
//
// Life cycle: make it, catch_up() once (the caller's thread), start(), stop() (or the destructor). The ledger, the
// database and the projections must outlive it. lag() and problem() may be called from any thread.
// An error of the database does not end it: it waits and tries the batch again, says so in the log once and in
// problem(); reports are acknowledged meanwhile, for the ledger does not wait for projections.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "fleet/projection/projection.h"
#include "ledger/ledger.h"
#include "store/database.h"

namespace outrider::fleet {

class Projector {
 public:
  using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

  Projector(ledger::Ledger& ledger, store::Database& database, std::vector<Projection*> projections);
  ~Projector();
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  // Applies every entry durable now. Refused (corrupt, "database-ahead") when a cursor is beyond the ledger's end: the
  // database belongs to another ledger or a newer state of this one, and must be deleted.
  Result<void> catch_up(const Progress& progress = {});
  void start();
  void stop();

  // Durable entries not yet applied by the slowest projection, over all fleets.
  std::uint64_t lag() const;
  // Why it does not advance; empty when it does.
  std::string problem() const;
  // Waits until everything durable at the call has been applied; false after `deadline`. For tests and backups.
  bool wait_until_current(std::chrono::milliseconds deadline) const;

 private:
  Result<void> load_cursors();
  Result<bool> step(const FleetId& fleet);
  Result<void> apply_batch(const FleetId& fleet, std::uint64_t from, std::vector<ledger::Entry> entries);
  void run();
  void set_problem(std::string problem);
  void wait_for_retry();
  void gather_until(std::chrono::steady_clock::time_point end) const;
  std::uint64_t behind() const;

  ledger::Ledger& ledger_;
  store::Database& database_;
  std::vector<Projection*> projections_;

  mutable std::mutex mutex_;                               // guards cursors_ and problem_
  std::map<FleetId, std::vector<std::uint64_t>> cursors_;  // next wanted, one for each projection
  std::string problem_;
  mutable std::condition_variable advanced_;  // cursors_ have
  std::uint64_t applied_ = 0;                 // entries since the last round; of the thread that steps
  std::atomic<bool> stopping_{false};
  std::condition_variable stopped_;  // with mutex_
  std::thread thread_;
};

}  // namespace outrider::fleet
