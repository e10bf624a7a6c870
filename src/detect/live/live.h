#pragma once
// Detection while it happens: follows the ledger of every fleet on a thread of its own, appends what is concluded, and
// keeps snapshots, so that a start reads only what is new.
//
// Life cycle: make it, start(), stop() (or the destructor) before the ledger closes. The other members may be called
// from any thread, before start() too.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "detect/live/follower.h"

namespace outrider::detect {

struct LiveOptions {
  std::filesystem::path directory;  // of the snapshots; made when missing
  bool enabled = true;              // false: nothing is concluded; the book is kept all the same
  std::chrono::milliseconds snapshot_interval = std::chrono::minutes{5};
  std::chrono::milliseconds tick_interval = std::chrono::minutes{1};
  std::uint64_t snapshot_entries = 1'000'000;  // a snapshot is made after so many entries at the latest
};

class Live {
 public:
  // `fleets`: those to follow, asked again when the ledger grows. All that is given outlives it; `book` may be none.
  Live(ledger::Ledger& ledger, ContractReader contracts, std::function<std::vector<FleetId>()> fleets,
       LiveOptions options, Metrics& metrics, const Clock& clock, Book* book = nullptr);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  Result<void> start();
  // Ends the thread and writes a last snapshot of each fleet.
  void stop();

  const LiveOptions& options() const { return options_; }
  std::vector<FleetDetection> status() const;
  // Why the fleet does not advance; empty when it does.
  std::string problem(const FleetId& fleet) const;
  // Entries not read yet, of the fleet furthest behind.
  std::uint64_t lag() const;
  // What stands against each of them, in their order.
  std::vector<std::optional<DeviceRisk>> risks(const FleetId& fleet, std::span<const DeviceId> devices) const;
  // Shows the fleet's engine to somebody who reads a little of it. False: the fleet is not followed yet.
  bool look(const FleetId& fleet, const std::function<void(const Engine&)>& at) const;
  // The dials as they stand now; those of the factory while the fleet is not followed yet.
  Tuning tuning(const FleetId& fleet) const;
  // Where a device was told to go, and where devices may be; nothing while detection is off or has not read that far.
  std::optional<facts::RouteAssigned> route(const FleetId& fleet, const DeviceId& device) const;
  std::vector<facts::FenceSet> fences(const FleetId& fleet) const;
  // Waits until what was durable at the call has been read. False after `deadline`.
  bool wait_until_current(std::chrono::milliseconds deadline) const;
  // Sets the gauges.
  void measure() const;
  const ContractReader& contracts() const { return contracts_; }

 private:
  void run();
  bool round();
  void save_due(bool all);
  Result<Follower*> follower(const FleetId& fleet);
  std::vector<std::shared_ptr<const Follower>> followers() const;
  std::shared_ptr<const Follower> find(const FleetId& fleet) const;
  // A fleet that could not be read or written rests for a moment; the others go on.
  bool rests(const FleetId& fleet) const;
  void note(const FleetId& fleet, std::string problem);

  ledger::Ledger& ledger_;
  const ContractReader contracts_;
  const std::function<std::vector<FleetId>()> fleets_;
  const LiveOptions options_;
  Metrics& metrics_;
  const Clock& clock_;
  FollowerRooms rooms_;

  struct Trouble {
    std::string problem;
    std::chrono::steady_clock::time_point until;
  };
  mutable std::mutex mutex_;  // guards followers_ and troubles_
  std::map<FleetId, std::shared_ptr<Follower>> followers_;
  std::map<FleetId, Trouble> troubles_;
  mutable std::condition_variable advanced_;
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point urgently_saved_{};
  std::chrono::steady_clock::time_point save_again_{};  // not before: the disk did not take the last one
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace outrider::detect
