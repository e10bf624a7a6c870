#pragma once
// The ledger put together: fleets, writer, publisher. Only ledger.cpp and open.cpp know it.
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "ledger/core/fleet_log.h"
#include "ledger/core/writer.h"
#include "ledger/files/directory.h"
#include "ledger/ledger.h"
#include "ledger/wal/wal.h"

namespace outrider::ledger {

using FleetLogs = std::map<FleetId, std::shared_ptr<FleetLog>>;

// What recovery found.
struct Opened {
  Options options;
  Directory directory;
  UniqueFd lock;
  Secret master;
  FleetLogs fleets;
  std::unique_ptr<Wal> wal;
  Positions next;
};

class LedgerImpl final : public Ledger {
 public:
  explicit LedgerImpl(std::unique_ptr<Opened> opened);
  ~LedgerImpl() override { LedgerImpl::close(); }

  Result<void> create_fleet(const FleetId& fleet) override;
  std::vector<FleetId> fleets() const override;
  void append(Draft draft, Done done) override;
  void submit(const DraftView& draft, const std::shared_ptr<Recipient>& recipient, std::uint64_t token) override;
  Result<std::uint64_t> durable(const FleetId& fleet) const override;
  Result<std::vector<Entry>> read(const FleetId& fleet, std::uint64_t from, std::size_t count_max) const override;
  std::uint64_t wait_for_growth(std::uint64_t seen, std::chrono::milliseconds deadline) const override;
  Result<std::uint64_t> load_cursor(const std::string& name, const FleetId& fleet) const override;
  Result<void> save_cursor(const std::string& name, const FleetId& fleet, std::uint64_t next) override;
  Status status() const override;
  Result<std::string> checkpoint(const FleetId& fleet) const override;
  Result<std::string> publish(const FleetId& fleet) override;
  Result<std::string> prove(const FleetId& fleet, std::uint64_t number) override;
  Result<void> shred(const FleetId& fleet, const Subject& subject) override;
  void close() override;

 private:
  Result<std::shared_ptr<FleetLog>> find(const FleetId& fleet) const;
  Result<FleetLog*> find_log(const FleetId& fleet) const;
  FleetLogs all() const;
  void entries_came(std::uint64_t entries, std::size_t bytes);
  void run_publisher();
  void publish_all();
  Result<void> publish_one(FleetLog& log);

  // Declared first, so that everything that borrows from it goes before it.
  const std::unique_ptr<Opened> opened_;
  const Clock& clock_;

  mutable std::shared_mutex fleets_mutex_;
  FleetLogs fleets_;  // under fleets_mutex_; a fleet's log is never removed
  std::mutex create_mutex_;
  mutable std::mutex cursor_mutex_;

  mutable std::mutex growth_mutex_;
  mutable std::condition_variable grown_;
  std::uint64_t growth_ = 0;  // entries durable in all fleets; under growth_mutex_
  // Signed: an entry may be published an instant before it is counted.
  std::atomic<std::int64_t> unpublished_bytes_{0};

  mutable std::mutex publisher_mutex_;
  std::condition_variable publisher_wake_;
  bool publisher_stopping_ = false;
  std::map<FleetId, std::string> publisher_problems_;
  std::mutex close_mutex_;
  bool closed_ = false;

  Writer writer_;
  std::thread publisher_;
};

}  // namespace outrider::ledger
