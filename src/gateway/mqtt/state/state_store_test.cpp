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
  // Connects and leaves the client's name as its will.
  Opened leave(const std::string& client, std::uint32_t expiry, std::uint32_t delay = 0) {
    Opened out;
    LeftWill will;
    will.message = message("will", client);
    will.report.kind = Kind::message;
    will.report.content_type = "text/plain";
    will.delay = delay;
    EXPECT_TRUE(work([&](StateWork& store) -> Result<void> {
      TRY(out, store.open(key(client), true, expiry, &will, 1));
      return {};
    }));
    return out;
  }
  std::vector<DueWill> sweep(std::chrono::seconds later = {}) {
    EXPECT_TRUE(work([&](StateWork& store) { return store.sweep(system_clock().now() + later, sweep_due_); }));
    return sweep_due_;
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
  std::vector<DueWill> sweep_due_;
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
  auto file = store::StateFile::open(directory_ / "broker" / "state.db", 2, "", "test").value();
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

TEST_F(StateStoreTest, AWillOfASessionThatIsNotKeptOutlivesTheServer) {
  open();
  run();
  const auto gone = leave("gone", 0);
  EXPECT_FALSE(gone.hearer) << "no session is kept for it";
  EXPECT_NE(gone.will, 0U);
  const auto there = leave("there", 0);
  ASSERT_TRUE(work([&](StateWork& store) { return store.tables.remove_will(there.will); })) << "it said goodbye";
  store_->stop();

  open();
  ASSERT_TRUE(reconcile(*store_, *ledger_, *topics_));
  run();
  const auto due = sweep();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].id, gone.will);
  EXPECT_EQ(as_text(due[0].will.message->content.payload), "gone");
}

TEST_F(StateStoreTest, AWillThatTheLedgerHasIsNotPublishedAgainAfterACrash) {
  open();
  run();
  const auto ear = connect("ear");
  ASSERT_TRUE(work([&](StateWork& store) {
    return store.tables.subscribe(ear.session.id, {{"will", "", false}, {QoS::exactly_once, false, false, false, 0}});
  }));
  std::vector<WillId> ids;
  for (const std::string client : {"kept and said", "kept and unsaid", "said"}) {
    const auto opened = leave(client, client.starts_with("kept") ? 3600 : 0);
    ASSERT_TRUE(work([&](StateWork& store) -> Result<void> {
      TRY(const auto due, opened.hearer ? store.make_due_of(opened.session.id) : store.make_due(opened.will));
      ids.push_back(due.value().id);
      return {};
    }));
  }
  for (const WillId id : {ids[0], ids[2]}) {
    ledger::Draft draft;
    draft.kind = static_cast<std::uint16_t>(Kind::message);
    draft.fleet = fleet_;
    draft.content_type = "text/plain" + will_parameter(id);
    ASSERT_TRUE(ledger_->append_and_wait(std::move(draft)));
  }
  store_->stop();

  open();
  ASSERT_TRUE(reconcile(*store_, *ledger_, *topics_));
  run();
  const auto due = sweep();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].id, ids[1]);
  std::vector<std::string> heard;
  for (const auto& row : connect("ear").rows) heard.emplace_back(as_text(row.message->content.payload));
  EXPECT_THAT(heard, ::testing::UnorderedElementsAre("kept and said", "said")) << "what comes of them was lost";
}

TEST_F(StateStoreTest, TheWillOfASessionThatEndsIsDueAndSafeUntilItIsPublished) {
  open();
  run();
  const auto opened = leave("a", 3600);
  ASSERT_TRUE(work([&](StateWork& store) -> Result<void> {
    TRY(const auto due, store.end(opened.session.id, key("a")));
    EXPECT_TRUE(due);
    return {};
  }));
  EXPECT_EQ(store_->sessions(), 0U);
  ASSERT_EQ(sweep().size(), 1U);
  EXPECT_TRUE(store_->wills_due());
  ASSERT_TRUE(work([&](StateWork& store) { return store.tables.remove_will(sweep_due_.front().id); }));
  EXPECT_TRUE(sweep().empty());
  EXPECT_FALSE(store_->wills_due());
}

TEST_F(StateStoreTest, ASessionThatShouldHaveEndedWithItsConnectionIsNotFoundAfterACrash) {
  open();
  run();
  connect("a");
  EXPECT_TRUE(connect("a", false, 0).present) << "it ends with this connection";
  store_->stop();
  open();
  run();
  EXPECT_FALSE(connect("a").present);
}

TEST_F(StateStoreTest, ADelayIsNoLongerThanTheSessionAlsoAfterACrash) {
  open();
  run();
  leave("a", 0, 3600);  // no session: nothing to wait for
  const auto short_lived = leave("b", 1, 3600);
  store_->stop();
  open();
  ASSERT_TRUE(reconcile(*store_, *ledger_, *topics_));
  run();
  EXPECT_EQ(sweep(std::chrono::seconds{0}).size(), 1U);
  EXPECT_EQ(sweep(std::chrono::seconds{2}).size(), 1U) << "the other one";
  EXPECT_EQ(store_->sessions(), 0U);
}

TEST_F(StateStoreTest, ErasingAPrincipalTakesItsWillsToo) {
  open();
  run();
  leave("a", 0);
  leave("b", 3600);
  ASSERT_TRUE(work([&](StateWork& store) { return store.forget(fleet_, DeviceId("app:a")); }));
  store_->stop();
  open();
  ASSERT_TRUE(reconcile(*store_, *ledger_, *topics_));
  run();
  EXPECT_TRUE(sweep().empty());
}

TEST_F(StateStoreTest, AFileOfAnotherVersionIsRefused) {
  open();
  store_.reset();
  {
    auto file = store::StateFile::open(directory_ / "broker" / "state.db", 2, "", "test").value();
    ASSERT_TRUE(file->execute("PRAGMA user_version=3"));
  }
  const auto refused = StateStore::open(directory_ / "broker" / "state.db", {}, *topics_, metrics_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "state-version");
}

TEST_F(StateStoreTest, ASessionWhoseOpeningFailedIsNotCounted) {
  StateLimits limits;
  limits.sessions_max = 2;
  open(limits);
  run();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(work([&](StateWork& store) -> Result<void> {
      TRY(const auto opened, store.open(key("c"), false, 3600, nullptr, 1));
      return fail(Errc::internal, "bad", "a bug");
    }));
  }
  EXPECT_EQ(store_->sessions(), 0U);
  EXPECT_FALSE(store_->may_know(key("c")));
  EXPECT_NE(connect("c").hearer, nullptr);
  EXPECT_EQ(store_->sessions(), 1U);
  EXPECT_TRUE(store_->may_know(key("c")));
}

TEST_F(StateStoreTest, AnExchangeThatIsNotSettledIsNotSaidToBeReceived) {
  open();
  run();
  const auto session = connect("mouth");
  ASSERT_TRUE(
      work([&](StateWork& store) { return store.tables.receive(session.session.id, {7, 1}, 0, *message("t", "1")); }));
  EXPECT_TRUE(connect("mouth").inbound.empty());
}

TEST_F(StateStoreTest, RetainedMessagesBeyondTheirLimitAreNotKeptWhoeverRetainsThem) {
  open();
  run();
  for (int i = 0; i < 105; ++i) {
    EXPECT_TRUE(work([&](StateWork& store) {
      return store.retain(message("t/" + std::to_string(i), "1", QoS::at_least_once, true));
    }));
  }
  EXPECT_EQ(topics_->of(fleet_).retained.size(), 100U);
  open();
  EXPECT_EQ(topics_->of(fleet_).retained.size(), 100U);
}

TEST_F(StateStoreTest, AWillIsGivenToOneWhoPublishesItUntilItIsPublishedOrGivenUp) {
  open();
  run();
  const auto opened = leave("a", 0);
  std::optional<DueWill> due;
  ASSERT_TRUE(work([&](StateWork& store) -> Result<void> {
    TRY(due, store.make_due(opened.will));
    store.claim(opened.will);
    EXPECT_TRUE(store.sweep(system_clock().now(), sweep_due_)) << "of the same transaction";
    return {};
  }));
  EXPECT_TRUE(due);
  EXPECT_TRUE(sweep_due_.empty());
  EXPECT_TRUE(sweep().empty());
  EXPECT_TRUE(store_->wills_due());
  ASSERT_TRUE(work([&](StateWork& store) -> Result<void> {
    store.give_up(opened.will);
    return {};
  }));
  EXPECT_EQ(sweep().size(), 1U);
  ASSERT_TRUE(work([&](StateWork& store) { return store.published(opened.will); }));
  EXPECT_TRUE(sweep().empty());
  EXPECT_FALSE(store_->wills_due());
}

TEST_F(StateStoreTest, WhatMustBeDoneIsTriedUntilItIsAndTheRestGoesOn) {
  StateLimits limits;
  limits.retry_interval = std::chrono::milliseconds{5};
  open(limits);
  run();
  std::promise<Result<void>> done;
  int tries = 0;
  store_->insist(
      0,
      [&](StateWork&) -> Result<void> {
        if (++tries < 6) return fail(Errc::internal, "bad", "the disk");
        return {};
      },
      [&](Result<void> outcome) { done.set_value(std::move(outcome)); });
  EXPECT_TRUE(work([](StateWork&) -> Result<void> { return {}; }));
  EXPECT_TRUE(done.get_future().get());
  EXPECT_EQ(tries, 6);
}

TEST_F(StateStoreTest, WhenTooMuchWaitsNewcomersAreRefusedAndNothingElse) {
  StateLimits limits;
  limits.waiting_max = 3;
  open(limits);
  run();
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  store_->submit(0, [opened](StateWork&) -> Result<void> {
    opened.wait();
    return {};
  });
  std::atomic<int> done = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> newcomers = 0;
  const auto nothing = [](StateWork&) -> Result<void> { return {}; };
  for (int i = 0; i < 20; ++i) {
    store_->submit(0, nothing, [&](Result<void> outcome) { done += outcome ? 1 : 0; });
    store_->request(0, nothing, [&](Result<void> outcome) { ++(outcome ? newcomers : refused); });
  }
  gate.set_value();
  ASSERT_TRUE(work([](StateWork&) -> Result<void> { return {}; }));
  EXPECT_EQ(done, 20);
  EXPECT_GE(refused, 17);
  EXPECT_EQ(newcomers + refused, 20);
}

}  // namespace
}  // namespace outrider::gateway::mqtt
