// Ledger::submit: the way of whoever appends a great deal.
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "ledger/ledger.h"
#include "ledger/testing/test_directory.h"

namespace outrider::ledger {
namespace {

const FleetId north{"north"};
constexpr std::chrono::seconds patience{20};

class Listener final : public Recipient {
 public:
  explicit Listener(bool* gone = nullptr) : gone_(gone) {}
  ~Listener() override {
    if (gone_ != nullptr) *gone_ = true;
  }
  void appended(std::span<const Receipt> receipts) override {
    const std::lock_guard lock(mutex_);
    for (const Receipt& receipt : receipts) {
      ++times_[receipt.token];
      if (receipt.error == nullptr) {
        numbers_[receipt.token] = receipt.number;
      } else {
        errors_.emplace(receipt.token, *receipt.error);
      }
    }
    heard_.notify_all();
  }
  bool hears_of(std::size_t count) {
    std::unique_lock lock(mutex_);
    return heard_.wait_for(lock, patience, [&] { return times_.size() >= count; });
  }
  std::map<std::uint64_t, int> times_;
  std::map<std::uint64_t, std::uint64_t> numbers_;
  std::map<std::uint64_t, Error> errors_;

 private:
  std::mutex mutex_;
  std::condition_variable heard_;
  bool* gone_;
};

DraftView view(const Draft& draft, Privacy privacy = Privacy::open) {
  auto out = view_of(draft);
  out.privacy = privacy;
  return out;
}

TEST(Recipient, HearsOfEachAppendOnceAndTheEntryOfThatNumberIsWhatWasSubmitted) {
  const TestDirectory directory;
  auto ledger = directory.open();
  ASSERT_TRUE(ledger->create_fleet(north));
  constexpr std::uint64_t each = 500;
  std::vector<std::shared_ptr<Listener>> listeners{std::make_shared<Listener>(), std::make_shared<Listener>()};
  {
    std::vector<std::jthread> threads;
    for (std::size_t who = 0; who < listeners.size(); ++who) {
      threads.emplace_back([&, who] {
        for (std::uint64_t i = 0; i < each; ++i) {
          const Draft one = draft("north", "t-" + std::to_string(who), std::to_string(i));
          ledger->submit(view(one, i % 3 == 0 ? Privacy::personal : Privacy::open), listeners[who], i);
        }
      });
    }
  }
  for (std::size_t who = 0; who < listeners.size(); ++who) {
    Listener& listener = *listeners[who];
    ASSERT_TRUE(listener.hears_of(each));
    ASSERT_EQ(listener.numbers_.size(), each);
    for (const auto& [token, number] : listener.numbers_) {
      EXPECT_EQ(listener.times_[token], 1);
      const auto entries = ledger->read(north, number, 1);
      ASSERT_TRUE(entries && entries->size() == 1);
      EXPECT_EQ(entries->front().subject.id, "t-" + std::to_string(who));
      EXPECT_EQ(as_text(entries->front().payload), std::to_string(token));
      EXPECT_EQ(entries->front().privacy, token % 3 == 0 ? Privacy::personal : Privacy::open);
    }
  }
}

TEST(Recipient, HearsOfARefusalBeforeSubmitReturns) {
  const TestDirectory directory;
  auto ledger = directory.open();
  ASSERT_TRUE(ledger->create_fleet(north));
  const auto listener = std::make_shared<Listener>();
  ledger->submit(view(draft("south", "t-1", "x")), listener, 1);
  ledger->submit(view(draft("north", "t-1", std::string(payload_bytes_max + 1, 'x'))), listener, 2);
  ledger->close();
  ledger->submit(view(draft("north", "t-1", "x")), listener, 3);
  ASSERT_EQ(listener->errors_.size(), 3U);
  EXPECT_EQ(listener->errors_.at(1).reason, "no-such-fleet");
  EXPECT_EQ(listener->errors_.at(2).reason, "payload-too-large");
  EXPECT_EQ(listener->errors_.at(3).reason, "ledger-closed");
}

TEST(Recipient, IsKeptUntilItHasHeard) {
  const TestDirectory directory;
  auto ledger = directory.open();
  ASSERT_TRUE(ledger->create_fleet(north));
  bool gone = false;
  {
    const auto listener = std::make_shared<Listener>(&gone);
    ledger->submit(view(draft("north", "t-1", "x")), listener, 1);
  }
  ledger->close();  // what was taken is written
  EXPECT_TRUE(gone);
  EXPECT_EQ(ledger->durable(north), 1U);
}

}  // namespace
}  // namespace outrider::ledger
