#pragma once
// A ledger whose disk a test can hold up or break. Everything else is the real one.
#include <mutex>
#include <vector>

#include "facts/kind.h"
#include "ledger/ledger.h"

namespace outrider::ledger {

class GatedLedger final : public Ledger {
 public:
  explicit GatedLedger(Ledger& real) : real_(real) {}

  // From now on appends of this kind wait until release().
  void hold(Kind kind) {
    const std::lock_guard lock(mutex_);
    held_kind_ = static_cast<std::uint16_t>(kind);
  }
  std::size_t held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  void release() {
    std::vector<std::pair<Draft, Done>> held;
    {
      const std::lock_guard lock(mutex_);
      held_kind_ = 0;
      held.swap(held_);
    }
    for (auto& [draft, done] : held) real_.append(std::move(draft), std::move(done));
  }
  // From now on appends of this kind fail.
  void break_for(Kind kind, Error error) {
    const std::lock_guard lock(mutex_);
    broken_kind_ = static_cast<std::uint16_t>(kind);
    error_ = std::move(error);
  }
  void mend() {
    const std::lock_guard lock(mutex_);
    broken_kind_ = 0;
  }

  void append(Draft draft, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      if (draft.kind == held_kind_) {
        held_.emplace_back(std::move(draft), std::move(done));
        return;
      }
    }
    if (draft.kind == broken_kind_) return done(std::unexpected(error_));
    real_.append(std::move(draft), std::move(done));
  }

  Result<void> create_fleet(const FleetId& fleet) override { return real_.create_fleet(fleet); }
  std::vector<FleetId> fleets() const override { return real_.fleets(); }
  Result<std::uint64_t> durable(const FleetId& fleet) const override { return real_.durable(fleet); }
  Result<std::vector<Entry>> read(const FleetId& fleet, std::uint64_t from, std::size_t count_max) const override {
    return real_.read(fleet, from, count_max);
  }
  std::uint64_t wait_for_growth(std::uint64_t seen, std::chrono::milliseconds deadline) const override {
    return real_.wait_for_growth(seen, deadline);
  }
  Result<std::uint64_t> load_cursor(const std::string& name, const FleetId& fleet) const override {
    return real_.load_cursor(name, fleet);
  }
  Result<void> save_cursor(const std::string& name, const FleetId& fleet, std::uint64_t next) override {
    return real_.save_cursor(name, fleet, next);
  }
  Status status() const override { return real_.status(); }
  Result<std::string> checkpoint(const FleetId& fleet) const override { return real_.checkpoint(fleet); }
  Result<std::string> publish(const FleetId& fleet) override { return real_.publish(fleet); }
  Result<std::string> prove(const FleetId& fleet, std::uint64_t number) override { return real_.prove(fleet, number); }
  Result<void> shred(const FleetId& fleet, const Subject& subject) override { return real_.shred(fleet, subject); }
  void close() override { real_.close(); }

 private:
  Ledger& real_;
  mutable std::mutex mutex_;
  std::uint16_t held_kind_ = 0;
  std::uint16_t broken_kind_ = 0;
  Error error_;
  std::vector<std::pair<Draft, Done>> held_;
};

}  // namespace outrider::ledger
