#pragma once
// The ledger's one writer: takes drafts from any thread, gives them numbers, and makes them durable batch by batch.
// While one batch is being synced the next one gathers, so batches grow with the load and nobody waits for a timer.
//
// One per ledger, with a thread of its own between construction and stop(). `done` of every draft is called exactly
// once.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "ledger/core/fleet_log.h"
#include "ledger/wal/wal.h"

namespace outrider::ledger {

class Writer {
 public:
  using Done = Ledger::Done;

  struct Item {
    std::shared_ptr<FleetLog> fleet;
    Draft draft;
    Timestamp received;
    Done done;
    bool begins_fleet = false;  // no draft: the fleet's own beginning
  };
  // On the writer's thread, after a batch is durable and readable and before the `done`s: how many entries came.
  using OnDurable = std::function<void(std::uint64_t entries, std::size_t bytes)>;

  // The Wal is started and its positions are `next`.
  Writer(Wal& wal, Positions next, OnDurable on_durable);
  ~Writer() { stop(); }

  // Refuses at once (calling done) when the disk is full or has failed, when too much is waiting, or after stop.
  void submit(Item item);
  // Writes what was taken, and ends the thread.
  void stop();

  // Empty while appends are taken; otherwise why not, for people.
  std::string problem() const;

 private:
  struct Batch;

  void run();
  void write(std::vector<Item>& items);
  void write_batch(std::span<Item> items);
  void make_keys(std::span<Item> items, std::vector<Result<std::uint64_t>>& outcome);
  Result<void> store(const Batch& batch);
  Result<void> make_room(std::uint64_t body_bytes);
  std::optional<Error> refusal() const;
  void refuse_until_restart(const Error& error);

  Wal& wal_;
  Positions next_;  // the writer's thread alone
  OnDurable on_durable_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;
  std::optional<Error> failed_;  // until restart
  std::optional<Error> full_;    // until a segment can be made again
  std::thread thread_;
};

}  // namespace outrider::ledger
