#pragma once
// Responses in all fleets: follows their ledgers on a thread of its own and lets each Desk do what is due.
//
// Life cycle: make it, open() (catches up, on the caller's thread), start(), stop(). What `Rooms` names outlives it.
// Its state follows from the ledger; a snapshot (`<directory>/<fleet>.snapshot`) only saves reading it all again.
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "base/metrics.h"
#include "respond/act/desk.h"

namespace outrider::respond {

class Responder {
 public:
  struct Rooms {
    ledger::Ledger& ledger;
    Hands& hands;
    Metrics& metrics;
    const Clock& clock;
  };
  struct Options {
    std::filesystem::path directory;
    Brakes brakes;
    PostOptions post;
  };
  Responder(Rooms rooms, Options options, Courier::Carry carry = {});
  ~Responder();
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  Result<void> open();
  void start();
  void stop();

  // The fleet's desk; unknown-fleet.
  Result<Desk*> desk(const FleetId& fleet);
  // Why it does not advance; empty when it does.
  std::string problem() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Fleet {
    std::unique_ptr<Desk> desk;
    std::string problem;              // why it does not advance
    Time rest_until;                  // after a problem; the others go on
    std::uint64_t saved_changes = 0;  // of the book in the snapshot
    std::uint64_t saved_next = 0;
  };
  Result<Desk*> open_desk(const FleetId& fleet);
  Result<Book> open_book(const FleetId& fleet) const;
  std::filesystem::path snapshot_of(const FleetId& fleet) const;
  std::vector<std::pair<FleetId, Desk*>> desks() const;
  void run();
  void round();
  bool rests(const FleetId& fleet) const;
  void note(const FleetId& fleet, const Result<void>& outcome);
  void measure();
  // With `all`, also what has only read on.
  void save(bool all);

  const Rooms rooms_;
  const Options options_;
  Courier courier_;
  Gauge behind_;
  Gauge waiting_;
  mutable std::mutex mutex_;  // guards the map but the desks' insides
  std::map<FleetId, Fleet> fleets_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace outrider::respond
