// Commands: who gives them, and what devices say became of them.
#include <gtest/gtest.h>

#include "detect/testing/watch.h"
#include "facts/response.h"

namespace outrider::detect {
namespace {

using testing::Watch;

constexpr double minute = 60, hour = 3600, day = 86400;

struct Commands : ::testing::Test {
  Commands() : watch(contract()) {
    watch.add("t-0");
    watch.add("t-1");
  }
  static Contract contract() {
    Contract out;
    out.interval_s = 60;
    return out;
  }
  void give(const std::string& device, const std::string& payload, const std::string& application = "backend") {
    auto sent = testing::entry(Kind::application_message, application, watch.now, payload,
                               R"(application/json; topic="d/)" + device + R"(/command")");
    sent.subject = {ledger::SubjectKind::application, application};
    watch.say(sent);
  }
  void answer(const std::string& device, const std::string& payload) {
    watch.say(
        testing::entry(Kind::message, device, watch.now, payload, R"(application/octet-stream; topic="command/ack")"));
  }
  void refused(const std::string& device, const std::string& id, const std::string& reason) {
    answer(device, R"({"id":")" + id + R"(","outcome":"refused","reason":")" + reason + R"("})");
  }
  static std::string command(const std::string& id) { return R"({"command":"lock","id":")" + id + R"("})"; }
  static std::string done(const std::string& id) { return R"({"id":")" + id + R"(","outcome":"done"})"; }
  // A day of commands that are answered.
  void everyday(const std::string& device) {
    for (int i = 0; i < 30; ++i) {
      watch.now += 10 * minute;
      give(device, command(device + std::to_string(i)));
      answer(device, done(device + std::to_string(i)));
    }
  }
  std::string sentence() const {
    const auto& evidence = watch.findings.back().evidence[0];
    return info(evidence.check)->explain(evidence);
  }
  Level level(const std::string& device) const { return watch.level(device, Threat::command_forgery); }
  Watch watch;
};

TEST_F(Commands, ThatAreGivenAndAnsweredSurpriseNobody) {
  everyday("t-0");
  for (int i = 0; i < 30; ++i) {  // and of those without any form
    watch.now += minute;
    give("t-1", "do");
    answer("t-1", "done");
  }
  EXPECT_TRUE(watch.findings.empty());
  EXPECT_EQ(watch.nats("t-0", CheckId::command_replay), 0);
  EXPECT_EQ(watch.nats("t-1", CheckId::command_replay), 0);
}

TEST_F(Commands, OfADeviceToAnotherAreATicketOfWhoGaveThem) {
  watch.refuse("t-0", "publish", "d/t-1/command", "foreign-topic");
  EXPECT_EQ(level("t-0"), Level::ticket);
  EXPECT_EQ(level("t-1"), Level::none);
  EXPECT_EQ(sentence(), "tried 1 times to command another device");
}

TEST_F(Commands, OfAnApplicationWithoutAGrantAreATicketOfTheDeviceWhenTheyGoOn) {
  watch.refuse("backend", "publish", "d/t-1/command", "topic-not-granted");
  EXPECT_EQ(level("t-1"), Level::none);  // a grant that was forgotten
  EXPECT_GT(watch.nats("t-1", CheckId::command_source), 5);
  watch.now += minute;
  watch.refuse("backend", "publish", "d/t-1/command", "topic-not-granted", 7);
  EXPECT_EQ(level("t-1"), Level::ticket);
  EXPECT_EQ(level("t-0"), Level::none);
  EXPECT_EQ(sentence(), "an application without the right to it tried 7 times to command it (and 1 devices in all)");
  watch.refuse("backend", "publish", "app/other", "topic-not-granted");
  watch.refuse("backend", "publish", "d/no-such/command", "topic-not-granted");
  watch.refuse("backend", "subscribe", "d/t-0/command", "topic-not-granted");
  EXPECT_EQ(watch.nats("t-0", CheckId::command_source), 0);
}

TEST_F(Commands, OfAnApplicationThatNeverGaveOneAreAHint) {
  everyday("t-0");
  give("t-0", command("x-1"), "newcomer");
  EXPECT_GT(watch.nats("t-0", CheckId::command_source), 2);
  EXPECT_EQ(level("t-0"), Level::none);
  give("t-1", command("x-2"), "newcomer");  // a device that has never had many
  EXPECT_EQ(watch.nats("t-1", CheckId::command_source), 0);
}

TEST_F(Commands, RefusedForTheirSignatureAreATicketWithTheFigures) {
  everyday("t-0");
  give("t-0", command("c-1"));
  watch.now += 12;
  refused("t-0", "c-1", "bad-signature");
  EXPECT_EQ(level("t-0"), Level::ticket);
  EXPECT_EQ(sentence(), "the device refused a command for its signature, which was given 12 s before");
  EXPECT_EQ(watch.pages(), 0U);
  refused("t-1", "c-2", "bad-signature");
  EXPECT_EQ(level("t-1"), Level::ticket);
  EXPECT_EQ(sentence(), "the device refused a command for its signature, which nobody gave here");
}

TEST_F(Commands, RefusedForWhoGaveThemAreATicket) {
  give("t-0", command("c-1"));
  refused("t-0", "c-1", "not-entitled");
  EXPECT_EQ(level("t-0"), Level::ticket);
  EXPECT_GT(watch.nats("t-0", CheckId::command_source), 7);
}

TEST_F(Commands, RefusedAsReplayedAreATicketOnlyWhenNobodyGaveThem) {
  give("t-0", command("c-1"));
  answer("t-0", done("c-1"));
  refused("t-0", "c-1", "replayed");  // QoS 1 has brought it again
  EXPECT_EQ(level("t-0"), Level::none);
  refused("t-1", "c-9", "replayed");
  EXPECT_EQ(level("t-1"), Level::ticket);
}

TEST_F(Commands, ThatExpiredOnTheWayAreEverydayLifeAndOthersAHint) {
  give("t-0", command("c-1"));
  watch.now += 2 * day;
  refused("t-0", "c-1", "expired");
  EXPECT_EQ(watch.nats("t-0", CheckId::command_replay), 0);
  refused("t-0", "c-0", "expired");
  EXPECT_GT(watch.nats("t-0", CheckId::command_replay), 5);
  EXPECT_EQ(level("t-0"), Level::none);
}

TEST_F(Commands, CarriedOutAlthoughNobodyGaveThemAreATicket) {
  everyday("t-0");
  watch.now += 2 * day;
  answer("t-0", done("c-666"));
  EXPECT_EQ(level("t-0"), Level::ticket);
  EXPECT_EQ(sentence(), "1.0 answers within 60 min to commands that nobody gave here");
}

TEST_F(Commands, AnsweredTwiceOrLateAreThoseThatWereGiven) {
  give("t-0", command("c-1"));
  give("t-0", "no id");
  watch.now += day;
  answer("t-0", done("c-1"));
  answer("t-0", done("c-1"));
  answer("t-0", done("what the device calls it"));  // the one without an id
  EXPECT_EQ(watch.nats("t-0", CheckId::command_source), 0);
  EXPECT_EQ(watch.nats("t-0", CheckId::command_replay), 0);
}

TEST_F(Commands, MoreThanAreRememberedMakeNoAnswerForeign) {
  for (int i = 0; i < 20; ++i) give("t-0", command("c-" + std::to_string(i)));
  watch.now += hour;
  answer("t-0", done("c-0"));  // long out of the eight that are known
  EXPECT_EQ(level("t-0"), Level::none);
}

TEST_F(Commands, GivenTwiceAreARetryAtOnceAndAReplayLater) {
  give("t-0", command("c-1"));
  watch.now += minute;
  give("t-0", command("c-1"));
  EXPECT_EQ(watch.nats("t-0", CheckId::command_replay), 0);
  give("t-0", command("c-1"), "another");
  EXPECT_EQ(level("t-0"), Level::ticket);
  EXPECT_EQ(sentence(),
            "a command with the id of one that was given 60 s before by another application (limit 10 min)");
  give("t-1", command("c-2"));
  watch.now += 5 * hour;
  give("t-1", command("c-2"));
  EXPECT_GT(watch.nats("t-1", CheckId::command_replay), 4);
  EXPECT_EQ(level("t-1"), Level::none);
}

TEST_F(Commands, AnsweredMoreOftenThanGivenWithoutAnId) {
  for (int i = 0; i < 30; ++i) {
    watch.now += minute;
    give("t-1", "do");
    answer("t-1", "done");
  }
  EXPECT_EQ(level("t-1"), Level::none);
  for (int i = 0; i < 6; ++i) answer("t-1", "done");
  EXPECT_GT(watch.nats("t-1", CheckId::command_replay), 7);
  for (int i = 0; i < 6; ++i) answer("t-0", "done");
  EXPECT_GT(watch.nats("t-0", CheckId::command_source), 7);
}

TEST_F(Commands, OfThisServerAreKnownByTheirId) {
  facts::ResponseStarted started;
  started.response = "5f3a";
  started.device = "t-0";
  started.action = facts::ResponseAction::lock;
  started.message = command("5f3a");
  watch.say(testing::fact("t-0", watch.now, started));
  answer("t-0", done("5f3a"));
  EXPECT_EQ(watch.nats("t-0", CheckId::command_source), 0);
  answer("t-0", done("5f3b"));
  EXPECT_EQ(level("t-0"), Level::ticket);
}

}  // namespace
}  // namespace outrider::detect
