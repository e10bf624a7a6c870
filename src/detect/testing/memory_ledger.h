#pragma once
// A ledger in memory whose disk fails when the test says so.
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "ledger/ledger.h"

namespace outrider::detect::testing {

class MemoryLedger final : public ledger::Ledger {
 public:
  explicit MemoryLedger(const Clock& clock) : clock_(clock) {}

  // After so many further appends the disk is full; nothing: never.
  void fail_after(std::optional<std::size_t> appends) { left_ = appends; }

  Result<void> create_fleet(const FleetId& whose) override {
    const std::lock_guard lock(mutex_);
    trees_.try_emplace(whose);
    return {};
  }
  std::vector<FleetId> fleets() const override {
    const std::lock_guard lock(mutex_);
    std::vector<FleetId> out;
    for (const auto& [whose, entries] : trees_) out.push_back(whose);
    return out;
  }
  void append(ledger::Draft draft, Done done) override {
    std::unique_lock lock(mutex_);
    if (left_ && (*left_)-- == 0) {
      left_ = 0;
      lock.unlock();
      return done(fail(Errc::unavailable, "disk-full", "the disk is full"));
    }
    auto& tree = trees_[draft.fleet];
    const std::uint64_t number = tree.size();
    tree.push_back({.number = number,
                    .kind = draft.kind,
                    .fleet = draft.fleet,
                    .subject = draft.subject,
                    .received = draft.received.value_or(clock_.now()),
                    .content_type = draft.content_type,
                    .payload = std::move(draft.payload),
                    .privacy = draft.privacy});
    ++growth_;
    lock.unlock();
    grown_.notify_all();
    done(number);
  }
  Result<std::uint64_t> durable(const FleetId& whose) const override {
    const std::lock_guard lock(mutex_);
    const auto tree = trees_.find(whose);
    return tree == trees_.end() ? 0 : tree->second.size();
  }
  Result<std::vector<ledger::Entry>> read(const FleetId& whose, std::uint64_t from,
                                          std::size_t count_max) const override {
    const std::lock_guard lock(mutex_);
    if (broken_.contains(whose)) return fail(Errc::corrupt, "tile-damaged", "a tile is damaged");
    std::vector<ledger::Entry> out;
    const auto tree = trees_.find(whose);
    if (tree == trees_.end()) return out;
    for (std::uint64_t i = from; i < tree->second.size() && out.size() < count_max; ++i) out.push_back(tree->second[i]);
    return out;
  }
  std::uint64_t wait_for_growth(std::uint64_t seen, std::chrono::milliseconds deadline) const override {
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, deadline, [&] { return growth_ != seen; });
    return growth_;
  }
  Result<std::uint64_t> load_cursor(const std::string&, const FleetId& whose) const override {
    if (cursor_lost_) return fail(Errc::corrupt, "ledger-damaged", "entries are lost");
    const auto found = cursors_.find(whose);
    return found == cursors_.end() ? 0 : found->second;
  }
  Result<void> save_cursor(const std::string&, const FleetId& whose, std::uint64_t next) override {
    cursors_[whose] = next;
    return {};
  }
  ledger::Status status() const override { return {}; }
  Result<std::string> checkpoint(const FleetId&) const override { return std::string(); }
  Result<std::string> publish(const FleetId&) override { return std::string(); }
  Result<std::string> prove(const FleetId&, std::uint64_t) override { return std::string(); }
  Result<void> shred(const FleetId& whose, const ledger::Subject& subject) override {
    const std::lock_guard lock(mutex_);
    for (auto& entry : trees_[whose]) {
      if (entry.subject != subject || entry.privacy == ledger::Privacy::open) continue;
      entry.payload.clear();
      entry.shredded = true;
    }
    return {};
  }
  // Cursors point behind the ledger's end.
  void lose_cursor(bool lost) { cursor_lost_ = lost; }
  // Reading the fleet fails from now on, or no longer.
  void break_reading(const FleetId& whose, bool broken = true) {
    const std::lock_guard lock(mutex_);
    if (broken) {
      broken_.insert(whose);
    } else {
      broken_.erase(whose);
    }
  }
  void close() override {}

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::uint64_t growth_ = 0;
  std::map<FleetId, std::vector<ledger::Entry>> trees_;
  std::map<FleetId, std::uint64_t> cursors_;
  std::set<FleetId> broken_;
  bool cursor_lost_ = false;
  std::optional<std::size_t> left_;
};

}  // namespace outrider::detect::testing
