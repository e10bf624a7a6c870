// The small parts of a session, each by itself.
#include <gmock/gmock.h>

#include <future>

#include "gateway/mqtt/loops/directory.h"
#include "gateway/mqtt/rights/device_rights.h"
#include "gateway/mqtt/rights/topics.h"
#include "gateway/mqtt/session/acks.h"
#include "gateway/mqtt/session/bucket.h"
#include "gateway/mqtt/session/outbox.h"
#include "gateway/mqtt/topics/fleet_topics.h"
#include "gateway/mqtt/wheel.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::mqtt::QoS;
using wire::mqtt::ReasonCode;

std::vector<std::uint16_t> flushed(AckQueue& queue) {
  std::vector<std::uint16_t> out;
  queue.flush([&](const AckQueue::Answer& answer) { out.push_back(answer.packet_identifier); });
  return out;
}

TEST(AckQueue, AnswersWaitForThoseBeforeThem) {
  AckQueue queue;
  const auto a = queue.begin(10, QoS::at_least_once, ReasonCode::success, {});
  const auto b = queue.begin(20, QoS::exactly_once, ReasonCode::success, {});
  const auto c = queue.begin(30, QoS::at_least_once, ReasonCode::success, {});
  queue.finish(c);
  EXPECT_THAT(flushed(queue), IsEmpty());
  queue.finish(a);
  EXPECT_THAT(flushed(queue), ElementsAre(10));
  EXPECT_EQ(queue.in_flight(), 2U);
  EXPECT_FALSE(queue.holds(10));
  EXPECT_TRUE(queue.holds(30));
  queue.finish(b, ReasonCode::quota_exceeded, "why");
  EXPECT_THAT(flushed(queue), ElementsAre(20, 30));
  EXPECT_EQ(queue.in_flight(), 0U);
}

TEST(AckQueue, SequenceNumbersStayRightOverManyRounds) {
  AckQueue queue;
  std::uint64_t last = 0;
  for (std::uint16_t i = 1; i <= 1000; ++i) {
    const auto sequence = queue.begin(i, QoS::at_least_once, ReasonCode::success, {});
    EXPECT_GT(sequence, last);
    if (last != 0) {
      queue.finish(last);
      EXPECT_THAT(flushed(queue), ElementsAre(static_cast<std::uint16_t>(i - 1)));
    }
    last = sequence;
  }
}

TEST(AckQueue, AnAnswerNobodyWaitsForIsIgnored) {
  AckQueue queue;
  queue.finish(0);
  queue.finish(7);
  EXPECT_THAT(flushed(queue), IsEmpty());
}

TEST(Bucket, IsFullAtFirstAndRefillsEvenly) {
  Bucket bucket;
  Bucket::Time now{1h};
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(bucket.take(now, 1, 2, 10));
  EXPECT_FALSE(bucket.take(now, 1, 2, 10));
  EXPECT_TRUE(bucket.take(now + 500ms, 1, 2, 10));
  EXPECT_FALSE(bucket.take(now + 500ms, 1, 2, 10));
  EXPECT_TRUE(bucket.take(now + 1h, 10, 2, 10));
  EXPECT_FALSE(bucket.take(now + 1h, 1, 2, 10)) << "never more than its size";
}

TEST(Bucket, SpendingMoreThanThereIsTellsHowLongToWait) {
  Bucket bucket;
  const Bucket::Time now{1h};
  EXPECT_EQ(bucket.spend(now, 10, 2, 10), 0ms);
  EXPECT_EQ(bucket.spend(now, 4, 2, 10), 2001ms);
  EXPECT_EQ(bucket.spend(now + 3s, 1, 2, 10), 0ms);
}

TEST(Topics, TheAliasStandsForTheCallersOwnRootAndNothingElse) {
  std::string scratch;
  const std::string_view root = "d/t-1/";
  EXPECT_EQ(canonical(root, "d/t-1/telemetry", scratch).topic, "d/t-1/telemetry");
  EXPECT_FALSE(canonical(root, "d/t-1/telemetry", scratch).by_alias);
  EXPECT_EQ(canonical(root, "d/me/command/ack", scratch).topic, "d/t-1/command/ack");
  EXPECT_TRUE(canonical(root, "d/me/#", scratch).by_alias);
  EXPECT_EQ(canonical("", "d/me/x", scratch).topic, "d/me/x") << "who has no root has no alias";
  EXPECT_EQ(as_heard(root, "d/t-1/x", true, scratch), "d/me/x");
  EXPECT_EQ(as_heard(root, "d/t-1/x", false, scratch), "d/t-1/x");
  EXPECT_EQ(as_heard(root, "d/t-2/x", true, scratch), "d/t-2/x");
}

TEST(DeviceRights, OnlyWhatLiesBelowTheDevicesRootIsItsOwn) {
  auto profile = std::make_shared<fleet::Profile>();
  profile->publish.push_back({"telemetry", 1000, 60, false});
  profile->subscribe = {"command", "config"};
  const DeviceRights rights(DeviceId("t-1"), profile);
  EXPECT_EQ(rights.client_id_root(), "t-1");
  EXPECT_EQ(rights.may_publish("d/t-1/telemetry")->bytes_max, 1000U);
  EXPECT_EQ(rights.may_publish("d/t-1/log").error().reason, "topic-not-granted");
  for (const auto* other : {"", "d", "d/", "d/me", "d/me/", "d/t-1", "d/t-1/", "d/t-10/telemetry", "d/t-/telemetry",
                            "/d/t-1/telemetry", "D/t-1/telemetry"})
    EXPECT_EQ(rights.may_publish(other).error().reason, "foreign-topic") << other;
  for (const auto* good : {"d/t-1/command", "d/t-1/#", "d/t-1/+"}) EXPECT_TRUE(rights.may_subscribe(good)) << good;
  for (const auto* bad : {"d/+/command", "d/#", "#", "d/t-1/log", "d/t-2/command", "$SYS/#"})
    EXPECT_FALSE(rights.may_subscribe(bad)) << bad;
  EXPECT_TRUE(rights.may_receive("d/t-1/command"));
  EXPECT_FALSE(rights.may_receive("d/t-1/telemetry")) << "a wildcard takes in more than is granted";
  EXPECT_FALSE(rights.may_receive("d/t-2/command"));
}

TEST(Wheel, LooksAtEachWhenItsTimeHasComeAndNotBefore) {
  const Wheel::Time start{1h};
  Wheel wheel(start, 1s);
  wheel.schedule(1, start + 5s);
  wheel.schedule(2, start);
  wheel.schedule(3, start + 10h);
  std::vector<SessionId> seen;
  const auto look = [&](SessionId id) { seen.push_back(id); };
  wheel.advance(start + 1s, look);
  EXPECT_THAT(seen, ElementsAre(2));
  wheel.advance(start + 4s, look);
  EXPECT_THAT(seen, ElementsAre(2));
  wheel.advance(start + 6s, look);
  EXPECT_THAT(seen, ElementsAre(2, 1));
  wheel.advance(start + 1s + wheel.span() + 2s, look);
  EXPECT_THAT(seen, ElementsAre(2, 1, 3)) << "what is far away is looked at once a turn";
}

TEST(Directory, TheLatestHolderOfAnIdentifierKeepsIt) {
  Directory directory;
  const SessionKey client{FleetId("acme"), DeviceId("t-1"), "t-1"};
  EXPECT_FALSE(directory.claim(client, {0, 1}));
  EXPECT_FALSE(directory.claim({FleetId("other"), DeviceId("t-1"), "t-1"}, {0, 2}));
  EXPECT_FALSE(directory.claim({FleetId("acme"), DeviceId("app:t-1"), "t-1"}, {0, 2})) << "another principal";
  EXPECT_EQ(directory.claim(client, {1, 3}), (Place{0, 1}));
  directory.release(client, {0, 1});  // too late: it is the other's
  EXPECT_EQ(directory.claim(client, {0, 4}), (Place{1, 3}));
  directory.release(client, {0, 4});
  EXPECT_FALSE(directory.claim(client, {0, 5}));
}

TEST(Directory, ADeviceIsOnlineWhileItHasASession) {
  Directory directory;
  const FleetId fleet("acme");
  const DeviceId device("t-1");
  directory.came_online(fleet, device);
  directory.came_online(fleet, device);
  directory.went_offline(fleet, device);
  EXPECT_EQ(directory.devices_online(), 1U);
  directory.went_offline(fleet, device);
  directory.went_offline(fleet, device);
  EXPECT_EQ(directory.devices_online(), 0U);
}

Outbox::Item item(const std::shared_ptr<const Message>& message, QoS qos, std::uint64_t sequence = 0) {
  Outbox::Item out;
  out.row.message = message;
  out.row.qos = qos;
  out.row.sequence = sequence;
  return out;
}

TEST(Outbox, IdentifiersInFlightAreNotGivenOutAgain) {
  Outbox outbox;
  const auto message = std::make_shared<const Message>();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(outbox.push(item(message, QoS::at_least_once), 4, 100));
  EXPECT_FALSE(outbox.push(item(message, QoS::at_least_once), 4, 100)) << "full";
  const auto first = outbox.next(2);
  const auto second = outbox.next(2);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->packet_identifier, second->packet_identifier);
  EXPECT_FALSE(outbox.next(2)) << "two are unacknowledged";
  EXPECT_EQ(outbox.flight(999), nullptr);
  ASSERT_NE(outbox.flight(first->packet_identifier), nullptr);
  outbox.land(outbox.flight(first->packet_identifier));
  EXPECT_TRUE(outbox.next(2));
}

TEST(Outbox, AStoredRowHasTheSameIdentifierEveryTime) {
  const auto message = std::make_shared<const Message>();
  for (const std::uint64_t sequence : {1UL, 65'535UL, 65'536UL, 131'071UL}) {
    Outbox outbox;
    ASSERT_TRUE(outbox.push(item(message, QoS::exactly_once, sequence), 1, 1));
    const auto sent = outbox.next(1);
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->packet_identifier, (sequence - 1) % 65'535 + 1);
    EXPECT_EQ(outbox.flight(sent->packet_identifier)->awaits, Outbox::Awaits::pubrec);
  }
}

TEST(Outbox, AStoredRowWaitsForTheOneThatHoldsItsIdentifier) {
  const auto message = std::make_shared<const Message>();
  Outbox outbox;
  ASSERT_TRUE(outbox.push(item(message, QoS::at_least_once, 7), 2, 100));
  ASSERT_TRUE(outbox.push(item(message, QoS::at_least_once, 7 + 65'535), 2, 100));
  const auto first = outbox.next(32);
  ASSERT_TRUE(first);
  EXPECT_FALSE(outbox.next(32)) << "its identifier is unacknowledged";
  outbox.land(outbox.flight(first->packet_identifier));
  const auto second = outbox.next(32);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->packet_identifier, first->packet_identifier);
}

TEST(TopicsOfFleets, WhoLooksAtAllOfThemHoldsNobodyUp) {
  TopicsOfFleets topics(10, 10, 1'000);
  topics.of(FleetId("a"));
  std::future<void> other;
  topics.each([&](const FleetId&, FleetTopics&) {
    other = std::async(std::launch::async, [&] { topics.of(FleetId("b")); });
    EXPECT_EQ(other.wait_for(std::chrono::seconds{60}), std::future_status::ready);
  });
}

}  // namespace
}  // namespace outrider::gateway::mqtt
