#pragma once
// For the tests of this room: a ledger in memory whose disk does what the test says.
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "ledger/ledger.h"

namespace outrider::fleet::testing {

class MemoryLedger final : public ledger::Ledger {
 public:
  explicit MemoryLedger(const Clock& clock) : clock_(clock) {}

  // Refuses appends at once with this error, as a full disk does; nullopt: takes them again.
  void refuse(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(error);
  }
  // Holds what is appended back until settle() or lose(), as a slow disk does.
  void hold() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  // What was held becomes durable.
  void settle() { finish(std::nullopt); }
  // What was held never becomes durable.
  void lose(Error error) { finish(std::move(error)); }
  // Replaces the payload of the subject's personal entries by nothing.
  Result<void> shred(const FleetId& fleet, const ledger::Subject& subject) override {
    const std::lock_guard lock(mutex_);
    for (auto& entry : trees_[fleet]) {
      if (entry.subject != subject || entry.privacy == ledger::Privacy::open) continue;
      entry.payload.clear();
      entry.shredded = true;
    }
    return {};
  }

  Result<void> create_fleet(const FleetId& fleet) override {
    const std::lock_guard lock(mutex_);
    if (!trees_.try_emplace(fleet).second) return fail(Errc::conflict, "fleet-exists", "exists");
    return {};
  }
  std::vector<FleetId> fleets() const override {
    const std::lock_guard lock(mutex_);
    std::vector<FleetId> out;
    for (const auto& [fleet, entries] : trees_) out.push_back(fleet);
    return out;
  }
  void append(ledger::Draft draft, Done done) override {
    std::unique_lock lock(mutex_);
    if (refusal_ || !trees_.contains(draft.fleet)) {
      Error error = refusal_ ? *refusal_ : Error(Errc::not_found, "no-such-fleet", "no such fleet");
      lock.unlock();
      return done(std::unexpected(std::move(error)));
    }
    held_.push_back({std::move(draft), std::move(done)});
    if (holding_) return;
    lock.unlock();
    finish(std::nullopt);
  }
  Result<std::uint64_t> durable(const FleetId& fleet) const override {
    const std::lock_guard lock(mutex_);
    const auto tree = trees_.find(fleet);
    if (tree == trees_.end()) return fail(Errc::not_found, "no-such-fleet", "no such fleet");
    return tree->second.size();
  }
  Result<std::vector<ledger::Entry>> read(const FleetId& fleet, std::uint64_t from,
                                          std::size_t count_max) const override {
    const std::lock_guard lock(mutex_);
    const auto tree = trees_.find(fleet);
    if (tree == trees_.end()) return fail(Errc::not_found, "no-such-fleet", "no such fleet");
    std::vector<ledger::Entry> out;
    for (std::uint64_t i = from; i < tree->second.size() && out.size() < count_max; ++i) out.push_back(tree->second[i]);
    return out;
  }
  std::uint64_t wait_for_growth(std::uint64_t seen, std::chrono::milliseconds deadline) const override {
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, deadline, [&] { return growth_ != seen; });
    return growth_;
  }
  Result<std::uint64_t> load_cursor(const std::string&, const FleetId&) const override { return 0; }
  Result<void> save_cursor(const std::string&, const FleetId&, std::uint64_t) override { return {}; }
  ledger::Status status() const override { return {}; }
  Result<std::string> checkpoint(const FleetId&) const override { return fail(Errc::not_found, "no tree in memory"); }
  Result<std::string> publish(const FleetId&) override { return fail(Errc::not_found, "no tree in memory"); }
  Result<std::string> prove(const FleetId&, std::uint64_t) override {
    return fail(Errc::not_found, "no tree in memory");
  }
  void close() override {}

 private:
  struct Held {
    ledger::Draft draft;
    Done done;
  };

  void finish(std::optional<Error> error) {
    std::vector<std::pair<Done, Result<std::uint64_t>>> answers;
    {
      const std::lock_guard lock(mutex_);
      for (Held& held : held_) {
        if (error) {
          answers.emplace_back(std::move(held.done), std::unexpected(*error));
          continue;
        }
        auto& tree = trees_[held.draft.fleet];
        const std::uint64_t number = tree.size();
        tree.push_back({.number = number,
                        .kind = held.draft.kind,
                        .fleet = held.draft.fleet,
                        .subject = held.draft.subject,
                        .received = held.draft.received.value_or(clock_.now()),
                        .content_type = held.draft.content_type,
                        .payload = held.draft.payload,
                        .privacy = held.draft.privacy});
        answers.emplace_back(std::move(held.done), number);
        ++growth_;
      }
      held_.clear();
      if (error) holding_ = false;
    }
    grown_.notify_all();
    for (auto& [done, answer] : answers) done(std::move(answer));
  }

  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::map<FleetId, std::vector<ledger::Entry>> trees_;
  std::deque<Held> held_;
  std::optional<Error> refusal_;
  bool holding_ = false;
  std::uint64_t growth_ = 0;
};

}  // namespace outrider::fleet::testing
