#pragma once
// The newest durable entries of one fleet in memory: all that are not yet in the published tree, and some before them
// for readers at the tip. Any thread.
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <vector>

#include "ledger/shared_bytes.h"

namespace outrider::ledger {

class Tail {
 public:
  using Entry = SharedBytes;
  // Kept for readers once they are in the tree, for a second of 10,000 reports: what the projections gather. A reader
  // further behind reads bundles, which costs a file and 256 hashes each.
  static constexpr std::size_t kept_entries_max = 16384;
  static constexpr std::size_t kept_bytes_max = 5U << 19U;

  // `next`: the number of the first entry that will be added.
  explicit Tail(std::uint64_t next) : first_(next), durable_(next), integrated_(next) {}

  void add(std::span<Entry> entries);  // moves them
  // The entries below are in the published tree. Returns the bytes that newly are.
  std::size_t set_integrated(std::uint64_t size);

  std::uint64_t durable() const;
  std::uint64_t integrated() const;
  // Of the entries that are not in the published tree.
  std::size_t unpublished_bytes() const;
  // Entries from `from` on, at most so many (at least one if there is one); empty when they are not here.
  std::vector<Entry> take(std::uint64_t from, std::size_t count_max, std::size_t bytes_max) const;

 private:
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;  // the first has number first_
  std::uint64_t first_;
  std::uint64_t durable_;
  std::uint64_t integrated_;
  std::size_t kept_bytes_ = 0;  // of entries below integrated_
};

}  // namespace outrider::ledger
