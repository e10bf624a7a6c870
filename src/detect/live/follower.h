#pragma once
// Detection of one fleet as it goes on: reads its entries, says what it concludes, keeps snapshots.
//
// The crash rule: a snapshot at entry N, and after it the ledger's cursor "detection" at N, are written only when
// everything concluded before N is durable. So what is concluded before the cursor was said, by this version or by an
// earlier one, and is not said again; of what is concluded after it, only what the ledger does not hold yet is said.
// Conclusions depend on the entries alone, so reading them again concludes the same.
//
// Unless another version reads them, or the content of some was erased in between. What it then concludes before the
// cursor is not said, and what would only be heard of as the growth of an alert that nobody was told of is said as an
// alert of its own: at the cursor the detector unlearns the alerts that the ledger does not have.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "detect/engine/detector.h"
#include "detect/live/book.h"
#include "detect/live/look/device_risk.h"
#include "detect/live/look/places.h"
#include "detect/live/say/said.h"
#include "detect/live/snapshot/snapshot_file.h"
#include "ledger/ledger.h"

namespace outrider::detect {

// What a follower works with; outlives it.
struct FollowerRooms {
  ledger::Ledger& ledger;
  const ContractReader& contracts;
  const Clock& clock;
  std::filesystem::path directory;  // of the snapshots
  Book* book = nullptr;             // may be none
  bool detecting = true;            // false: only the book is kept
};

struct FleetDetection {
  FleetId fleet;
  std::uint64_t next = 0;    // number of the entry that is read next
  std::uint64_t behind = 0;  // durable entries not read yet
  std::uint64_t devices = 0;
  std::uint64_t state_bytes = 0;  // of the devices' states
  std::uint64_t snapshot_entry = 0;
  std::optional<Timestamp> snapshot_at;
  std::uint64_t snapshot_bytes = 0;
  std::uint64_t tickets = 0, pages = 0;       // said since the start
  std::map<CheckId, std::uint64_t> by_check;  // evidence in findings since the start
  std::string problem;                        // why it does not advance, or had to begin anew; empty: nothing
};

class Follower {
 public:
  Follower(const FollowerRooms& rooms, FleetId fleet);

  // Goes back to where it was: the snapshot, what was said since. Without a usable snapshot it begins at entry 0.
  Result<void> open();
  // One batch: the number of entries read. An error leaves it where it may be called again; nothing is lost.
  Result<std::size_t> step();
  // Appends a tick when nobody else's entry says that time has passed: one of the devices is to be heard and the ledger
  // has not grown for `quiet`, or a finding that waited for others like it is to be said.
  Result<void> tick(std::chrono::milliseconds quiet);
  // Nothing when nothing is new since the last one, or what was concluded is not all durable.
  Result<void> save();
  // Entries read since the last try to save.
  std::uint64_t unsaved() const { return next_ - std::min(next_, tried_); }
  // What is on disk holds what must be forgotten (a data key was destroyed).
  bool must_save() const { return must_save_; }

  // Any thread.
  FleetDetection status() const;
  std::vector<std::optional<DeviceRisk>> risks(std::span<const DeviceId> devices) const;
  Tuning tuning() const;
  std::optional<facts::RouteAssigned> route(const DeviceId& device) const;
  std::vector<facts::FenceSet> fences() const;
  // Shows the engine to somebody who reads a little of it; detection waits meanwhile.
  void look(const std::function<void(const Engine&)>& at) const;

 private:
  Result<void> take(const Snapshot& snapshot);
  void begin();
  void read(const ledger::Entry& entry);
  void conclude(const ledger::Entry& by, const facts::AlertRaised& alert);
  void conclude(const ledger::Entry& by, const facts::AlertGrown& alert);
  template <class Alert>
  void intend(const Alert& alert);
  void unlearn_unspoken();
  Result<void> say();
  bool somebody_is_to_be_heard() const;
  Result<void> remove();

  const FollowerRooms& rooms_;
  const FleetId fleet_;
  const std::filesystem::path file_;

  mutable std::mutex mutex_;  // guards what is below it, for those who ask
  std::unique_ptr<Detector> detector_;
  FleetDetection status_;

  // Of the one thread.
  std::uint64_t next_ = 0;
  std::uint64_t tried_ = 0;  // to save, at this entry
  bool must_save_ = false;
  std::uint64_t said_until_ = 0;  // what entries before this one let conclude was said
  std::uint64_t said_read_ = 0;   // what alerts before this one say is in said_
  Said said_;
  std::set<std::string> unspoken_;  // concluded before said_until_, and not met in the ledger yet
  std::vector<ledger::Draft> unsaid_;
  Timestamp newest_{};
  bool ticked_ = false;
};

}  // namespace outrider::detect
