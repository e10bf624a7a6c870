#include "ledger/core/tail.h"

namespace outrider::ledger {

void Tail::add(std::span<Entry> entries) {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries) entries_.push_back(std::move(entry));
  durable_ += entries.size();
}

std::size_t Tail::set_integrated(std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  std::size_t newly = 0;
  for (; integrated_ < size && integrated_ < durable_; ++integrated_)
    newly += entries_[static_cast<std::size_t>(integrated_ - first_)].size();
  kept_bytes_ += newly;
  while (first_ < integrated_ && (integrated_ - first_ > kept_entries_max || kept_bytes_ > kept_bytes_max)) {
    kept_bytes_ -= entries_.front().size();
    entries_.pop_front();
    ++first_;
  }
  return newly;
}

std::uint64_t Tail::durable() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

std::uint64_t Tail::integrated() const {
  const std::lock_guard lock(mutex_);
  return integrated_;
}

std::size_t Tail::unpublished_bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (auto i = static_cast<std::size_t>(integrated_ - first_); i < entries_.size(); ++i) bytes += entries_[i].size();
  return bytes;
}

std::vector<Tail::Entry> Tail::take(std::uint64_t from, std::size_t count_max, std::size_t bytes_max) const {
  std::vector<Entry> out;
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (; from >= first_ && from < durable_ && out.size() < count_max && (out.empty() || bytes < bytes_max); ++from) {
    out.push_back(entries_[static_cast<std::size_t>(from - first_)]);
    bytes += out.back().size();
  }
  return out;
}

}  // namespace outrider::ledger
