#include "respond/notify/courier.h"

#include <gtest/gtest.h>

#include <future>
#include <semaphore>

namespace outrider::respond {
namespace {

using Fate = Posted::Fate;

Letter to(const std::string& id, const std::string& host) {
  return {.id = id, .url = "https://" + host + "/hook?x=https://y"};
}

TEST(Courier, SaysWhatBecameOfEachLetterOnce) {
  for (const Fate fate : {Fate::arrived, Fate::try_again, Fate::refused}) {
    std::promise<Posted> heard;
    Courier courier({}, [&](const Letter&) { return Posted{fate, "said"}; });
    courier.on_delivered([&](const Letter& letter, const Posted& posted) {
      EXPECT_EQ(letter.id, "5f3a");
      heard.set_value(posted);  // a second time would throw
    });
    courier.start();
    ASSERT_TRUE(courier.take({.id = "5f3a"}));
    EXPECT_EQ(heard.get_future().get().fate, fate);
  }
}

TEST(Courier, AReceiverIsItsHostAndPortAndMailIsOne) {
  EXPECT_EQ(to("a", "soc.example:8443").receiver(), "soc.example:8443");
  EXPECT_EQ(Letter{}.receiver(), "");
}

TEST(Courier, OneThatDoesNotAnswerHoldsNobodyUp) {
  std::counting_semaphore<> answer{0};
  std::promise<void> other;
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  Courier courier({}, [&](const Letter& letter) {
    if (letter.receiver() != "dead") return Posted{Fate::arrived, ""};
    most = std::max(most.load(), ++at_once);
    answer.acquire();
    --at_once;
    return Posted{Fate::try_again, ""};
  });
  courier.on_delivered([&](const Letter& letter, const Posted&) {
    if (letter.id == "other") other.set_value();
    if (letter.receiver() == "dead") answer.release();  // and so on, until none is left
  });
  courier.start();
  for (std::size_t i = 0; i < 20; ++i) ASSERT_TRUE(courier.take(to(std::to_string(i), "dead")));
  ASSERT_TRUE(courier.take(to("other", "living")));
  other.get_future().wait();
  EXPECT_LE(most, 1) << "its letters go one after the other";
  answer.release();
}

TEST(Courier, LettersOfOneReceiverLeaveRoomForTheOthers) {
  Courier courier({}, [](const Letter&) { return Posted{}; });  // not started: they wait
  for (std::size_t i = 0; i < letters_of_receiver_max; ++i) ASSERT_TRUE(courier.take(to("a", "dead")));
  EXPECT_FALSE(courier.has_room(to("a", "dead")));
  EXPECT_EQ(courier.take(to("a", "dead")).error().reason, "too-many");
  EXPECT_TRUE(courier.take(to("b", "living")));
}

TEST(Courier, AtItsEndWhatWaitsComesBackUntriedAndOfWhatWasBrokenOffNothingIsSaid) {
  std::promise<void> tried;
  std::binary_semaphore stopping{0};
  std::vector<std::pair<std::string, Fate>> said;
  Courier courier({}, [&](const Letter&) {
    tried.set_value();
    stopping.acquire();
    return Posted{Fate::broken_off, ""};
  });
  courier.on_delivered([&](const Letter& letter, const Posted& posted) { said.emplace_back(letter.id, posted.fate); });
  courier.start();
  ASSERT_TRUE(courier.take(to("on its way", "soc.example")));
  tried.get_future().wait();
  ASSERT_TRUE(courier.take(to("waits", "soc.example")));
  std::thread end([&] { courier.stop(); });
  while (courier.has_room(to("x", "y"))) std::this_thread::yield();  // until it is stopping
  stopping.release();
  end.join();
  EXPECT_EQ(said, (std::vector<std::pair<std::string, Fate>>{{"waits", Fate::untried}}));
  EXPECT_EQ(courier.take(to("late", "soc.example")).error().reason, "stopping");
}

}  // namespace
}  // namespace outrider::respond
