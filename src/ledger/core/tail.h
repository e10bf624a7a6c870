#pragma once
// The newest durable entries of one fleet in memory: all that are not yet in the published tree, and some before them
// for readers at the tip. Any thread.
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/bytes.h"

namespace outrider::ledger {

class Tail {
 public:
  using Entry = std::shared_ptr<const Bytes>;
  // Kept for readers once they are in the tree; a reader further behind reads bundles, which costs a file each.
  static constexpr std::size_t kept_entries_max = 2048;
  static constexpr std::size_t kept_bytes_max = 4U << 20U;

  // `next`: the number of the first entry that will be added.
  explicit Tail(std::uint64_t next) : first_(next), durable_(next), integrated_(next) {}

  void add(Entry entry);
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
