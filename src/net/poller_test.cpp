#include "net/poller.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>

#include "base/file.h"
#include "net/loop.h"

namespace outrider::net {
namespace {

// One end of a pair of sockets, watched; the other is the test's.
struct Watched final : Pollable, std::enable_shared_from_this<Watched> {
  explicit Watched(Loop& l) : loop(l) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) std::abort();
    mine = UniqueFd(ends[0]);
    other = UniqueFd(ends[1]);
  }
  void watch(std::uint32_t events = EPOLLIN) { slot = loop.poller().add(mine.get(), shared_from_this(), events); }
  void stop() {
    if (slot != Poller::no_slot) loop.poller().remove(std::exchange(slot, Poller::no_slot), mine.get());
  }
  void say(char byte) const { std::ignore = ::write(other.get(), &byte, 1); }
  void on_ready(std::uint32_t events) override {
    ++calls;
    last = events;
    char byte = 0;
    std::ignore = ::read(mine.get(), &byte, 1);
    when_ready();
  }

  Loop& loop;
  UniqueFd mine;
  UniqueFd other;
  Poller::Slot slot = Poller::no_slot;
  std::function<void()> when_ready = [] {};
  int calls = 0;
  std::uint32_t last = 0;
};

class PollerTest : public ::testing::Test {
 protected:
  std::shared_ptr<Watched> make() { return std::make_shared<Watched>(loop_); }
  // Until nothing is ready any more; the loop has work as long as something is watched.
  void run() {
    while (loop_.context().poll() > 0) loop_.context().restart();
    loop_.context().restart();
  }
  Loop loop_;
};

TEST_F(PollerTest, TellsWhatIsReadyAsOftenAsItIs) {
  const auto one = make();
  one->watch();
  run();
  EXPECT_EQ(one->calls, 0);
  for (int i = 1; i <= 3; ++i) {
    one->say('x');
    run();
    EXPECT_EQ(one->calls, i);
  }
  one->stop();
}

TEST_F(PollerTest, WhatComesOneByOneButOftenIsServedInTurnsAMillisecondApart) {
  constexpr int count = 20;
  const auto one = make();
  one->watch();
  one->when_ready = [&] {
    if (one->calls < count) one->say('x');
  };
  const auto begin = std::chrono::steady_clock::now();
  one->say('x');
  while (one->calls < count) run();
  // Without a rest twenty turns take some dozen microseconds. The first two show that it comes often.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{count - 3});
  one->stop();
}

TEST_F(PollerTest, OneThatIsTakenAwayInTheSameTurnIsNotCalled) {
  const auto first = make();
  const auto second = make();
  for (const auto& one : {first, second}) {
    one->watch();
    one->say('x');
  }
  first->when_ready = [&] { second->stop(); };
  second->when_ready = [&] { first->stop(); };
  run();
  EXPECT_EQ(first->calls + second->calls, 1);
  first->stop();
  second->stop();
}

TEST_F(PollerTest, WhoTakesAFreeSlotInheritsNoEvents) {
  const auto first = make();
  const auto second = make();
  const auto third = make();
  for (const auto& one : {first, second}) {
    one->watch();
    one->say('x');
  }
  const auto replace = [&](const std::shared_ptr<Watched>& gone) {
    gone->stop();
    third->watch();
  };
  first->when_ready = [&] { replace(second); };
  second->when_ready = [&] { replace(first); };
  run();
  EXPECT_EQ(third->calls, 0);
  for (const auto& one : {first, second, third}) one->stop();
}

TEST_F(PollerTest, AnExceptionOfOneLeavesTheOthersServed) {
  const auto bad = make();
  const auto good = make();
  bad->when_ready = [] { throw std::runtime_error("a bug"); };
  for (const auto& one : {bad, good}) {
    one->watch();
    one->say('x');
  }
  EXPECT_THROW(run(), std::runtime_error);
  loop_.context().restart();
  run();
  EXPECT_EQ(good->calls, 1);
  bad->stop();
  good->stop();
}

TEST_F(PollerTest, KeepsWhoItWatchesAliveAndALoopWithoutSocketsIsDone) {
  std::weak_ptr<Watched> seen;
  {
    const auto one = make();
    one->watch();
    seen = one;
  }
  EXPECT_FALSE(seen.expired());
  run();
  EXPECT_FALSE(loop_.context().stopped());
  seen.lock()->stop();
  EXPECT_TRUE(seen.expired());
  loop_.context().run();  // returns
}

}  // namespace
}  // namespace outrider::net
