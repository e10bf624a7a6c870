#include "respond/notify/courier.h"

#include <gtest/gtest.h>

#include <future>

namespace outrider::respond {
namespace {

using Fate = Posted::Fate;

// Carries one letter whose fates are these, one a try; what the receiver of outcomes hears.
Delivery carried(std::vector<Fate> fates) {
  std::promise<Delivery> heard;
  std::atomic<std::size_t> tries{0};
  Courier courier({}, [&](const Letter&) { return Posted{fates.at(tries++), "said"}; });
  courier.on_delivered([&](const Letter& letter, const Delivery& delivery) {
    EXPECT_EQ(letter.id, "5f3a");
    heard.set_value(delivery);
  });
  courier.start();
  EXPECT_TRUE(courier.take({.id = "5f3a"}));
  return heard.get_future().get();
}

TEST(Courier, TriesAgainUntilItArrives) {
  const auto delivery = carried({Fate::try_again, Fate::arrived});
  EXPECT_TRUE(delivery.arrived);
  EXPECT_EQ(delivery.tries, 2U);
}

TEST(Courier, ARefusalIsFinal) {
  const auto delivery = carried({Fate::refused});
  EXPECT_FALSE(delivery.arrived);
  EXPECT_EQ(delivery.tries, 1U);
}

TEST(Courier, WhatIsUnderWayAtItsEndIsNotSaidToHaveFailed) {
  std::promise<void> tried;
  std::atomic<bool> said{false};
  Courier courier({}, [&](const Letter&) {
    tried.set_value();
    return Posted{Fate::try_again, "busy"};
  });
  courier.on_delivered([&](const Letter&, const Delivery&) { said = true; });
  courier.start();
  ASSERT_TRUE(courier.take({.id = "5f3a"}));
  tried.get_future().wait();
  courier.stop();
  EXPECT_FALSE(said);
}

}  // namespace
}  // namespace outrider::respond
