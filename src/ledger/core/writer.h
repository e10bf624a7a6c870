#pragma once
// The ledger's one writer: takes drafts from any thread, gives them numbers, and makes them durable batch by batch.
// While one batch is being synced the next one gathers, so batches grow with the load. While entries keep coming,
// batches begin `interval` apart; one that comes alone is written at once.
//
// What is submitted is copied into one buffer under the lock, so that the data path allocates nothing an entry and
// frees nothing on another thread.
//
// One per ledger, with a thread of its own between construction and stop(). Every recipient hears of each of its drafts
// exactly once.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "crypto/aead.h"
#include "crypto/random.h"
#include "ledger/core/fleet_log.h"
#include "ledger/wal/wal.h"

namespace outrider::ledger {

class Writer {
 public:
  using Interval = std::chrono::microseconds;
  // On the writer's thread, after a batch is durable and readable and before recipients hear: how many entries came.
  using OnDurable = std::function<void(std::uint64_t entries, std::size_t bytes)>;

  // The Wal is started and its positions are `next`.
  Writer(Wal& wal, Positions next, Interval interval, OnDurable on_durable);
  ~Writer() { stop(); }

  // The draft is checked and of this fleet. Refuses when the disk is full or has failed, when too much is waiting, or
  // after stop; then the recipient does not hear of it. The log must outlive the writer.
  Result<void> submit(FleetLog& log, const DraftView& draft, Timestamp received,
                      const std::shared_ptr<Recipient>& recipient, std::uint64_t token);
  // The fleet's own beginning, which has no number.
  void begin_fleet(FleetLog& log, const std::shared_ptr<Recipient>& recipient);
  // Writes what was taken, and ends the thread.
  void stop();

  // Empty while appends are taken; otherwise why not, for people.
  std::string problem() const;

 private:
  // One draft in the buffer: the entry's head (without key id and nonce), then its payload.
  struct Item {
    FleetLog* log = nullptr;
    std::shared_ptr<Recipient> recipient;
    std::uint64_t token = 0;
    std::size_t begin = 0;
    std::uint32_t head_bytes = 0;  // 0: the beginning of a fleet
    std::uint32_t payload_bytes = 0;
    std::uint32_t subject_at = 0;  // in the head
    std::uint8_t subject_bytes = 0;
    SubjectKind subject_kind = SubjectKind::server;
    Privacy privacy = Privacy::open;
    KeyPeriod period = 0;
  };
  struct Queue {
    std::vector<Item> items;
    Bytes bytes;
  };
  // What became of an item.
  struct Outcome {
    std::uint64_t number = 0;
    std::size_t begin = 0;  // of the stored entry in the batch's body
    std::size_t bytes = 0;
    std::optional<Error> error;
  };
  struct Batch;

  void run();
  void take(std::unique_lock<std::mutex>& lock);
  void write_taken();
  void write_batch(std::span<const Item> items);
  void make_keys(std::span<const Item> items);
  void put_entry(Batch& batch, const Item& item, Outcome& outcome);
  Result<void> put_sealed(const Item& item);
  void add_durable(std::span<const Item> items, const std::shared_ptr<const Bytes>& body);
  void tell(std::span<const Item> items);
  KeySlot slot_of(const Item& item) const;
  Result<void> store(const Batch& batch);
  Result<void> make_room(std::uint64_t body_bytes);
  std::optional<Error> refusal() const;
  void refuse_until_restart(const Error& error);

  Wal& wal_;
  Positions next_;  // this and what follows: the writer's thread alone
  const Interval interval_;
  OnDurable on_durable_;
  Queue taken_;
  std::vector<Outcome> outcomes_;
  std::vector<Receipt> receipts_;
  std::vector<Tail::Entry> added_;
  Bytes sealed_;
  crypto::AeadSealer sealer_;
  std::chrono::steady_clock::time_point next_batch_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Queue queue_;
  bool stopping_ = false;
  std::optional<Error> failed_;  // until restart
  std::optional<Error> full_;    // until a segment can be made again
  std::thread thread_;
};

}  // namespace outrider::ledger
