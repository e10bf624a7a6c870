#pragma once
// The write-ahead log as its one writer sees it: batches go to the end of the newest segment, and each is durable when
// `append` returns. A segment's space is reserved when it is made, so that a full disk is met there and never inside a
// batch.
//
// One Wal per directory. start, append, rotate and seal belong to the writer's thread; drop_integrated and bytes may be
// called from any.
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>

#include "base/file.h"
#include "ledger/files/disk.h"
#include "ledger/wal/replay.h"

namespace outrider::ledger {

struct WalOptions {
  std::filesystem::path directory;
  std::uint64_t segment_bytes = 0;
  Disk* disk = nullptr;
};

class Wal {
 public:
  explicit Wal(WalOptions options) : options_(std::move(options)) {}

  // Once, after the replay: cuts off the torn end of the newest segment, seals it, and begins a new one.
  Result<void> start(const Replay& replay);

  // Is there room for a batch of this size in the segment, with its seal behind it?
  bool fits(std::uint64_t body_bytes) const;
  // Seals the segment and begins a new one with room for `body_bytes` at least. When it fails and broken() is false,
  // nothing has changed and it may be tried again (the disk is full).
  Result<void> rotate(const Positions& next, std::uint64_t body_bytes);
  // Writes one batch and waits until it is durable; the caller has asked fits(). `entries`: where the fleets in it go
  // on. After a failure the log is broken: whether the batch is there will be known when the log is read again.
  Result<void> append(ByteView body, const Positions& entries);
  // Ends the segment; nothing may be appended behind it but after rotate. Does nothing when sealed already.
  Result<void> seal();
  bool broken() const { return broken_; }

  // Removes the oldest segments as long as `integrated` says so of all their fleets. The newest one stays.
  Result<void> drop_integrated(const std::function<bool(const FleetId& fleet, std::uint64_t next)>& integrated);
  std::uint64_t bytes() const;

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    Positions next;
  };

  Result<UniqueFd> make_segment(std::uint64_t number, std::uint64_t bytes, ByteView head);
  Result<void> fill_ahead();
  Result<void> seal_at(int fd, std::uint64_t number, std::uint64_t end);
  Result<void> break_on(Result<void> result);

  WalOptions options_;
  UniqueFd fd_;
  std::uint64_t number_ = 0;
  std::uint64_t reserved_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t filled_ = 0;  // zeros are written up to here
  bool sealed_ = true;
  bool broken_ = false;
  Bytes frames_;  // kept for its capacity

  mutable std::mutex mutex_;
  std::deque<Segment> segments_;  // oldest first; under mutex_
};

}  // namespace outrider::ledger
