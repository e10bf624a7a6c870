// While the store's disk is slow or broken.
#include <future>

#include "gateway/mqtt/state/tables.h"
#include "gateway/testing/broker_suite.h"
#include "store/state_file.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;
using testing::MqttClient;

class BusyStore : public testing::BrokerSuite {
 protected:
  // Until release() the store commits nothing.
  void hold() {
    other_ = Tables::open(world_.state_file()).value();
    other_->begin().value();
  }
  void release() {
    other_->rollback();
    other_.reset();
  }
  // What the loops were told is done.
  void turn(MqttClient& client) {
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(client.nothing_before_pong());
      world_.loops.run_on_all([](net::Loop&) {}, MqttClient::patience).value();
    }
  }
  // What it said is on its way.
  static void flush(MqttClient& client) {
    client.loop().context().restart();
    client.loop().context().poll();
  }
  static Bytes encoded(const auto& packet) {
    Bytes out;
    encode(packet, Version::v5, out).value();
    return out;
  }

 private:
  std::unique_ptr<Tables> other_;
};

TEST_F(BusyStore, WhatTheServerSaysIsNotSaidBeforeAKeptQueueHasIt) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "news");
  leave(ear);
  auto other = online("other");
  hold();
  auto said = std::async(std::launch::async, [this] {
    return world_.broker->publish(world_.fleet, "news", "application/json", as_bytes("{}"));
  });
  turn(*other);
  EXPECT_EQ(said.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
  release();
  EXPECT_EQ(said.get(), Result<bool>(true));
  ear = kept("ear");
  EXPECT_EQ(hear(*ear), "{}");
}

TEST_F(BusyStore, ARowThatComesWhileThePageBeforeItIsReadIsDelivered) {
  Limits limits = quick();
  limits.state.page_rows = 4;
  limits.inflight_max = 1;
  start(limits);
  auto ear = kept("ear");
  subscribe(*ear, "news");
  leave(ear);
  auto mouth = online("mouth");
  auto other = kept("other");
  for (std::uint16_t i = 1; i <= 4; ++i) publish(*mouth, message("news", std::to_string(i), QoS::at_least_once, i));
  ear = kept("ear");
  hold();
  Subscribe anything;  // the store waits with it
  anything.packet_identifier = 3;
  anything.subscriptions.push_back({.filter = "else"});
  other->send(anything);
  flush(*other);
  turn(*mouth);
  EXPECT_EQ(hear(*ear), "1");  // half a page is left: the next is asked for, and is empty
  flush(*ear);
  turn(*mouth);
  mouth->send(message("news", "5", QoS::at_least_once, 5));  // one transaction with it
  mouth->run_until([&] { return world_.entries(Kind::message).size() == 5; });
  turn(*mouth);
  release();
  for (int i = 2; i <= 5; ++i) ASSERT_EQ(hear(*ear), std::to_string(i));
  EXPECT_TRUE(quiet(*ear));
}

TEST_F(BusyStore, AnUnansweredSubscriptionHoldsReadingBack) {
  Limits limits = quick();
  limits.receive_maximum = 2;
  start(limits);
  auto mouth = online("mouth");
  auto ear = kept("ear");
  hold();
  Bytes storm;
  Subscribe packet;
  packet.subscriptions.push_back({.filter = "news"});
  for (packet.packet_identifier = 1; packet.packet_identifier <= 2; ++packet.packet_identifier) {
    const auto bytes = encoded(packet);
    storm.insert(storm.end(), bytes.begin(), bytes.end());
  }
  const auto ping = encoded(Pingreq{});
  storm.insert(storm.end(), ping.begin(), ping.end());
  ear->say(storm);
  EXPECT_TRUE(ear->next<Pingresp>());
  ear->say(ping);
  flush(*ear);
  turn(*mouth);
  release();
  EXPECT_TRUE(ear->next<Suback>()) << "the ping is read when there is one less";
}

TEST_F(BusyStore, WhoLosesItsRightsWhileItWaitsForConnackIsNotLetIn) {
  std::atomic<bool> admitted{true};
  limits_ = quick();
  world_.start(limits_, [&](const Caller& caller) -> Result<Admitted> {
    if (!admitted && caller.holder.value.ends_with("late")) return fail(Errc::forbidden, "no-more", "no more");
    return testing::admit_everything(caller);
  });
  auto other = online("other");
  auto late = connected("late");
  hold();
  late->send(hello("late", false, 3600));
  late->run_until([&] { return world_.broker->status().sessions == 2; });
  admitted = false;
  world_.broker->reconsider(world_.fleet);
  turn(*other);
  release();
  EXPECT_FALSE(late->next<Connack>());
}

// An exchange of QoS 2 whose end cannot be stored.
class BrokenStore : public BusyStore {
 protected:
  void SetUp() override {
    Limits limits = quick();
    limits.state.retry_interval = std::chrono::milliseconds{10};
    start(limits);
  }
  void breaks() { run("CREATE TRIGGER broken BEFORE UPDATE ON inbound BEGIN SELECT RAISE(ABORT, 'broken'); END"); }
  void mend() { run("DROP TRIGGER broken"); }

 private:
  void run(std::string_view sql) {
    store::StateFile::open(world_.state_file(), Tables::schema_version, "", "test").value()->execute(sql).value();
  }
};

TEST_F(BrokenStore, AnExchangeIsAnsweredWhenItsMessageIsInTheQueuesHoweverLongThatTakes) {
  auto ear = kept("ear");
  subscribe(*ear, "news");
  auto mouth = kept("mouth");
  breaks();
  mouth->send(message("news", "1", QoS::exactly_once, 7));
  mouth->run_until([&] { return !world_.entries(Kind::message).empty(); });
  turn(*mouth);
  mend();
  const auto pubrec = mouth->next<Pubrec>();
  ASSERT_TRUE(pubrec);
  EXPECT_EQ(pubrec->reason, ReasonCode::success);
  EXPECT_EQ(hear(*ear), "1");
  testing::BrokerSuite::release(*mouth, 7);
  publish(*mouth, message("news", "2", QoS::exactly_once, 7));
  EXPECT_EQ(hear(*ear), "2");
}

TEST_F(BrokenStore, AnExchangeThatWasAnsweredIsKnownToTheNextConnection) {
  auto other = online("other");
  auto mouth = kept("mouth");
  breaks();
  mouth->send(message("news", "1", QoS::exactly_once, 7));
  ASSERT_TRUE(mouth->next<Pubrec>());
  mouth->cut();
  mouth = connected();
  mouth->send(hello("mouth", false, 3600));
  flush(*mouth);
  turn(*other);
  mend();
  const auto connack = mouth->next<Connack>();
  ASSERT_TRUE(connack);
  EXPECT_TRUE(connack->session_present);
  auto again = message("news", "1", QoS::exactly_once, 7);
  again.dup = true;
  publish(*mouth, again);
  EXPECT_EQ(world_.entries(Kind::message).size(), 1U) << "exactly once";
  publish(*mouth, message("news", "2", QoS::exactly_once, 7));
  EXPECT_EQ(world_.entries(Kind::message).size(), 2U);
}

}  // namespace
}  // namespace outrider::gateway::mqtt
