// The store by itself: what a crash leaves, and what one bad job does to others.
#include "gateway/mqtt/state/state_store.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <future>

#include "base/testing/temporary_directory.h"
#include "gateway/mqtt/state/reconcile.h"

namespace outrider::gateway::mqtt {
namespace {

using wire::mqtt::QoS;

class StateStoreTest : public ::testing::Test {
 protected:
  StateStoreTest() {
    ledger_ = ledger::Ledger::open({.directory = directory_ / "ledger"}).value();
    ledger_->create_fleet(fleet_).value();
  }
  ~StateStoreTest() override {
    store_.reset();
    ledger_->close();
  }
  // As after a start of the server.
  void open(StateLimits limits = {}) {
    store_.reset();
    topics_ = std::make_unique<TopicsOfFleets>(1'000, 100, 100'000);
    store_ = StateStore::open(directory_ / "broker" / "state.db", limits, *topics_, metrics_).value();
  }
  void run() {
    store_->start({.post = [](std::size_t, StateStore::Job job) { job(); },
                   .notice =
                       [this](std::size_t, std::vector<Notice> notices) {
                         for (auto& notice : notices) notices_.push_back(std::move(notice));
                       }});
  }
  // On the store's thread, and waits.
  Result<void> work(StateStore::Do job) {
    std::promise<Result<void>> done;
    store_->submit(0, std::move(job), [&](Result<void> outcome) { done.set_value(std::move(outcome)); });
    return done.get_future().get();
  }
  SessionKey key(const std::string& client) const { return {fleet_, DeviceId("app:a"), client}; }
  Opened connect(const std::string& client, bool clean = false, std::uint32_t expiry = 3600) {
    Opened out;
    EXPECT_TRUE(work([&](StateWork& store) -> Result<void> {
      TRY(out, store.open(key(client), clean, expiry, nullptr, 1));
      return {};
    }));
    return out;
  }
  std::shared_ptr<Message> message(std::string_view topic, std::string_view payload, QoS qos = QoS::exactly_once,
                                   bool retain = false) const {
    wire::mqtt::Publish publish;
    publish.topic = topic;
    publish.payload = as_bytes(payload);
    publish.qos = qos;
    publish.packet_identifier = 1;
    publish.retain = retain;
    return make_message(fleet_, DeviceId("app:a"), system_clock().now(), topic, publish).value();
  }
  Target target(const Opened& session) const {
    Target out;
    out.hearer = session.hearer;
    out.qos = QoS::exactly_once;
    return out;
  }

  FleetId fleet_{"acme"};
  testing_support::TemporaryDirectory directory_;
  Metrics metrics_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<TopicsOfFleets> topics_;
  std::unique_ptr<StateStore> store_;
  std::vector<Notice> notices_;
};

TEST_F(StateStoreTest, WhatTheLedgerHasIsSettledAfterACrashAndWhatItHasNotIsForgotten) {
  open();
  run();
  const auto publisher = connect("mouth");
  const auto subscriber = connect("ear");
  ASSERT_TRUE(work([&](StateWork& store) -> Result<void> {
    CHECK(
        store.tables.subscribe(subscriber.session.id, {{"t", "", false}, {QoS::exactly_once, false, false, false, 0}}));
    CHECK(store.tables.receive(publisher.session.id, {7, 1}, 0, *message("t", "there", QoS::exactly_once, true)));
    return store.tables.receive(publisher.session.id, {8, 2}, 0, *message("t", "lost"));
  }));
  ledger::Draft draft;
  draft.kind = static_cast<std::uint16_t>(Kind::message);
  draft.fleet = fleet_;
  draft.content_type = "text/plain" + exchange_parameter(publisher.session.id, 1);
  ASSERT_TRUE(ledger_->append_and_wait(std::move(draft)));
  store_->stop();

  open();
  ASSERT_TRUE(reconcile(*store_, *ledger_, *topics_));
  EXPECT_TRUE(store_->unsettled()->empty());
  run();
  const auto again = connect("mouth");
  ASSERT_EQ(again.inbound.size(), 1U) << "PUBREL is still to come";
  EXPECT_EQ(again.inbound[0].packet_identifier, 7);
  EXPECT_EQ(again.session.exchanges, 2U) << "no name is used twice";
  const auto ear = connect("ear");
  ASSERT_EQ(ear.rows.size(), 1U);
  EXPECT_EQ(as_text(ear.rows[0].message->content.payload), "there");
  EXPECT_EQ(topics_->of(fleet_).retained.size(), 1U);
}

TEST_F(StateStoreTest, AJobThatFailsUndoesItselfAlone) {
  open();
  run();
  const auto session = connect("ear");
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  store_->submit(0, [opened](StateWork&) -> Result<void> {  // holds the store up, so that the next ones go together
    opened.wait();
    return {};
  });
  std::vector<std::future<Result<void>>> outcomes;
  for (int i = 0; i < 3; ++i) {
    auto done = std::make_shared<std::promise<Result<void>>>();
    outcomes.push_back(done->get_future());
    store_->submit(
        0,
        [this, i, &session](StateWork& store) -> Result<void> {
          CHECK(store.enqueue(message("t", std::to_string(i)), {target(session)}));
          if (i == 1) return fail(Errc::internal, "bad", "a bug");
          return {};
        },
        [done](Result<void> outcome) { done->set_value(std::move(outcome)); });
  }
  gate.set_value();
  EXPECT_TRUE(outcomes[0].get());
  EXPECT_FALSE(outcomes[1].get());
  EXPECT_TRUE(outcomes[2].get());
  const auto found = connect("ear");
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(as_text(found.rows[0].message->content.payload), "0");
  EXPECT_EQ(as_text(found.rows[1].message->content.payload), "2");
  EXPECT_EQ(session.hearer->queued, 2U) << "counted once, though tried twice";
}

TEST_F(StateStoreTest, AMessageOfManyQueuesIsStoredOnceAndGoesWithTheLast) {
  open();
  run();
  const auto one = connect("one");
  const auto two = connect("two");
  ASSERT_TRUE(work([&](StateWork& store) { return store.enqueue(message("t", "x"), {target(one), target(two)}); }));
  const auto rows = connect("one").rows;
  ASSERT_EQ(rows.size(), 1U);
  ASSERT_TRUE(work([&](StateWork& store) { return store.dequeue(one.session.id, rows[0].sequence); }));
  EXPECT_TRUE(connect("one").rows.empty());
  EXPECT_EQ(connect("two").rows.size(), 1U);
  ASSERT_TRUE(work([&](StateWork& store) -> Result<void> {
    CHECK(store.end(two.session.id, key("two")));
    return {};
  }));
  EXPECT_EQ(store_->sessions(), 1U);
  store_->stop();
  auto file = store::StateFile::open(directory_ / "broker" / "state.db", 1, "", "test").value();
  auto count = file->prepare("SELECT COUNT(*) FROM message").value();
  ASSERT_TRUE(count.step().value());
  EXPECT_EQ(count.integer(0), 0);
}

TEST_F(StateStoreTest, SequenceNumbersGoOnAfterARestart) {
  open();
  run();
  const auto session = connect("ear");
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(work([&](StateWork& store) { return store.enqueue(message("t", "x"), {target(session)}); }));
  store_->stop();
  open();
  run();
  const auto again = connect("ear");
  ASSERT_TRUE(work([&](StateWork& store) { return store.enqueue(message("t", "y"), {target(again)}); }));
  ASSERT_EQ(notices_.size(), 4U) << "its connection hears of each";
  EXPECT_EQ(notices_[3].row.sequence, 4U);
}

TEST_F(StateStoreTest, ThereAreNoMoreSessionsThanAllowed) {
  StateLimits limits;
  limits.sessions_max = 1;
  open(limits);
  run();
  connect("one");
  const auto refused = work([&](StateWork& store) -> Result<void> {
    CHECK(store.open(key("two"), false, 3600, nullptr, 1));
    return {};
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "too-many-sessions");
  EXPECT_TRUE(connect("one").present);
}

TEST_F(StateStoreTest, AFileOfAnotherVersionIsRefused) {
  open();
  store_.reset();
  {
    auto file = store::StateFile::open(directory_ / "broker" / "state.db", 1, "", "test").value();
    ASSERT_TRUE(file->execute("PRAGMA user_version=2"));
  }
  const auto refused = StateStore::open(directory_ / "broker" / "state.db", {}, *topics_, metrics_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "state-version");
}

}  // namespace
}  // namespace outrider::gateway::mqtt
