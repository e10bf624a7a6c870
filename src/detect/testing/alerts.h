#pragma once
// A fleet's alerts as people meet them: a ledger in memory, the book that is read from it, and the desk.
#include <gtest/gtest.h>

#include <string>

#include "detect/alerts/alert_desk.h"
#include "detect/testing/entries.h"
#include "detect/testing/memory_ledger.h"

namespace outrider::detect::testing {

class Alerts : public ::testing::Test {
 protected:
  Alerts() { EXPECT_TRUE(ledger_.create_fleet(fleet)); }

  template <class Fact>
  void say(std::string_view device, const Fact& fact) {
    clock_.advance(std::chrono::seconds{1});
    const ledger::Subject subject{device.empty() ? ledger::SubjectKind::fleet : ledger::SubjectKind::device,
                                  device.empty() ? fleet.value : std::string(device)};
    auto draft = ledger::draft_of(fleet, subject, fact);
    draft.received = clock_.now();
    ASSERT_TRUE(ledger_.append_and_wait(std::move(draft)));
  }
  // As the reader of detection does.
  void read() {
    const auto entries = ledger_.read(fleet, read_, 100'000);
    ASSERT_TRUE(entries);
    for (const auto& entry : *entries) {
      book_.apply(entry);
      read_ = entry.number + 1;
    }
  }
  void raise(const std::string& id, const std::string& device, facts::AlertLevel level = facts::AlertLevel::ticket) {
    say(device, facts::AlertRaised{.alert = id, .level = level, .threat = "tampering", .device = device, .risk = 9});
    read();
  }
  std::size_t standing() {
    return book_.list(fleet, {.states = {AlertState::open, AlertState::acknowledged}}, 1000).size();
  }
  template <class T>
  static std::string reason(const Result<T>& result) {
    return result ? "" : result.error().reason;
  }

  ManualClock clock_{from_micros(start_us)};
  MemoryLedger ledger_{clock_};
  AlertBook book_;
  AlertDesk desk_{book_, ledger_, clock_};
  std::uint64_t read_ = 0;
};

}  // namespace outrider::detect::testing
