#include "detect/alerts/alert_book.h"

#include "detect/alerts/timeline.h"
#include "detect/testing/alerts.h"
#include "facts/response.h"

namespace outrider::detect {
namespace {

using testing::Alerts;
using testing::fleet;

TEST_F(Alerts, AreFoundByABeginningThatNoOtherHas) {
  raise("0123456700000000", "t-1");
  raise("0123456800000000", "t-2");
  EXPECT_EQ(book_.find(fleet, "01234567")->said.device, "t-1");
  EXPECT_EQ(reason(book_.find(fleet, "012345")), "ambiguous-alert");
  EXPECT_EQ(reason(book_.find(fleet, "01234")), "unknown-alert") << "too short to mean one";
  EXPECT_EQ(reason(book_.find(fleet, "0123456900000000")), "unknown-alert");
}

TEST_F(Alerts, OpenAgainWhenATicketBecomesAPage) {
  raise("00000000000000aa", "t-1");
  ASSERT_TRUE(desk_.acknowledge(fleet, {"00000000000000aa", "", ""}, Decide::really));
  facts::AlertGrown grown{.alert = "00000000000000aa", .device = "t-1", .level = facts::AlertLevel::ticket, .risk = 14};
  say("t-1", grown);
  read();
  EXPECT_EQ(book_.find(fleet, "00000000000000aa")->state, AlertState::acknowledged);
  EXPECT_EQ(book_.find(fleet, "00000000000000aa")->said.risk, 14);
  grown.level = facts::AlertLevel::page;
  say("t-1", grown);
  read();
  EXPECT_EQ(book_.find(fleet, "00000000000000aa")->state, AlertState::open);
  EXPECT_EQ(book_.find(fleet, "00000000000000aa")->grown, 2U);
}

TEST_F(Alerts, StayAcknowledgedWhenThatWasDecidedAfterTheyHadGrown) {
  raise("00000000000000aa", "t-1");
  say("t-1", facts::AlertGrown{.alert = "00000000000000aa", .device = "t-1", .level = facts::AlertLevel::page});
  // The reader is behind: it has not seen the growth when somebody acknowledges.
  ASSERT_TRUE(desk_.acknowledge(fleet, {"00000000000000aa", "", ""}, Decide::really));
  read();
  const auto alert = book_.find(fleet, "00000000000000aa");
  EXPECT_EQ(alert->state, AlertState::acknowledged);
  EXPECT_EQ(alert->said.level, facts::AlertLevel::page);
  EXPECT_EQ(alert->events[1].what, "alert.grown") << "in the ledger's order";
}

TEST_F(Alerts, AreFiltered) {
  raise("00000000000000aa", "t-1");
  raise("00000000000000bb", "t-2", facts::AlertLevel::page);
  say("", facts::AlertRaised{
              .alert = "00000000000000cc", .threat = "silence", .devices = {"t-1", "t-3"}, .device_count = 2});
  read();
  const auto ids = [&](const AlertFilter& filter, std::size_t limit = 10) {
    std::string out;
    for (const auto& alert : book_.list(fleet, filter, limit)) out += alert.said.alert.substr(14);
    return out;
  };
  EXPECT_EQ(ids({}), "ccbbaa") << "the newest first";
  EXPECT_EQ(ids({}, 2), "ccbb");
  EXPECT_EQ(ids({.before = 1}), "aa");
  EXPECT_EQ(ids({.level = facts::AlertLevel::page}), "bb");
  EXPECT_EQ(ids({.threat = "silence"}), "cc");
  EXPECT_EQ(ids({.device = "t-1"}), "ccaa") << "incidents that list it, too";
  EXPECT_EQ(ids({.since = clock_.now()}), "cc");
  ASSERT_TRUE(desk_.resolve(fleet, {"00000000000000bb", {}, "", ""}, Decide::really));
  EXPECT_EQ(ids({.states = {AlertState::resolved}}), "bb");
  EXPECT_EQ(book_.counts(fleet).open_tickets, 2U);
  EXPECT_EQ(book_.counts(fleet).resolved, 1U);
}

TEST_F(Alerts, AreCountedWhileTheyStand) {
  raise("00000000000000aa", "t-1", facts::AlertLevel::page);
  raise("00000000000000bb", "t-1");
  raise("00000000000000cc", "t-2");
  ASSERT_TRUE(desk_.acknowledge(fleet, {"00000000000000bb", "", ""}, Decide::really));
  ASSERT_TRUE(desk_.resolve(fleet, {"00000000000000cc", {}, "", ""}, Decide::really));
  Metrics metrics;
  book_.measure(metrics);
  const std::string text = metrics.text();
  EXPECT_NE(text.find("outrider_alerts_standing{level=\"page\",state=\"open\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("outrider_alerts_standing{level=\"ticket\",state=\"open\"} 0"), std::string::npos);
  EXPECT_NE(text.find("outrider_alerts_standing{level=\"any\",state=\"acknowledged\"} 1"), std::string::npos);
}

TEST_F(Alerts, KeepWhatWasDoneAboutThem) {
  raise("00000000000000aa", "t-1");
  say("t-1", facts::ResponseStarted{.response = "r1",
                                    .playbook = "clone",
                                    .action = facts::ResponseAction::quarantine,
                                    .alert = "00000000000000aa",
                                    .device = "t-1"});
  say("t-1", facts::ResponseDone{.response = "r1"});
  say("t-1", facts::ResponseDone{.response = "another"});
  read();
  const auto events = book_.find(fleet, "00000000000000aa")->events;
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].text, "quarantine (clone)");
  EXPECT_EQ(events[2].what, "response.done");
}

TEST_F(Alerts, ComeBackFromTheirSnapshot) {
  raise("00000000000000aa", "t-1");
  raise("00000000000000bb", "t-2");
  ASSERT_TRUE(desk_.resolve(fleet, {"00000000000000aa", {}, "", "op"}, Decide::really));
  ASSERT_TRUE(desk_.suppress(fleet,
                             {.threat = "tampering", .reason = "why", .expires = clock_.now() + std::chrono::hours{1}},
                             Decide::really));
  const Bytes saved = book_.save(fleet);  // the reader has not come to the last two
  AlertBook other;
  ASSERT_TRUE(other.load(fleet, saved));
  EXPECT_EQ(other.save(fleet), saved);
  for (const auto& entry : *ledger_.read(fleet, 0, 100)) other.apply(entry);
  read();
  EXPECT_EQ(other.save(fleet), book_.save(fleet)) << "and go on where they were";
  AlertBook rebuilt;
  rebuilt.begin(fleet);
  for (const auto& entry : *ledger_.read(fleet, 0, 100)) rebuilt.apply(entry);
  EXPECT_EQ(rebuilt.save(fleet), book_.save(fleet)) << "as from the beginning";
  for (std::size_t length = 0; length < saved.size(); ++length)
    EXPECT_FALSE(other.load(fleet, ByteView(saved).first(length)));
}

TEST_F(Alerts, RememberNoMoreThanTheyMay) {
  AlertBook book({.resolved_max = 20, .open_max = 10});
  std::uint64_t number = 0;
  const auto tell = [&](ledger::Entry entry) {
    entry.number = number++;
    book.apply(entry);
  };
  for (std::size_t i = 0; i < 30; ++i) {
    const auto id = fmt::format("{:016x}", i);
    tell(testing::fact("t-1", 0, facts::AlertRaised{.alert = id, .device = "t-1"}));
    tell(testing::fact("t-1", 0, facts::AlertResolved{id, {}, "", ""}));
  }
  EXPECT_EQ(book.counts(fleet).resolved, 20U);
  EXPECT_EQ(reason(book.find(fleet, fmt::format("{:016x}", 9))), "unknown-alert") << "the oldest left";
  EXPECT_TRUE(book.find(fleet, fmt::format("{:016x}", 10)));
  for (std::size_t i = 100; i < 120; ++i)
    tell(testing::fact("t-1", 0, facts::AlertRaised{.alert = fmt::format("{:016x}", i), .device = "t-1"}));
  EXPECT_EQ(book.counts(fleet).open_tickets, 10U);
  EXPECT_EQ(book.counts(fleet).resolved, 20U) << "open ones do not drive out resolved ones";
}

TEST_F(Alerts, OfMorePagesAndTicketsThanMayBeTheTicketsGoFirst) {
  AlertBook book({.resolved_max = 20, .open_max = 10});
  std::uint64_t number = 0;
  const auto tell = [&](facts::AlertLevel level) {
    auto entry = testing::fact(
        "t-1", 0, facts::AlertRaised{.alert = fmt::format("{:016x}", number), .level = level, .device = "t-1"});
    entry.number = number++;
    book.apply(entry);
  };
  tell(facts::AlertLevel::page);
  for (int i = 0; i < 30; ++i) tell(facts::AlertLevel::ticket);
  EXPECT_TRUE(book.find(fleet, fmt::format("{:016x}", 0))) << "the page";
  EXPECT_EQ(book.counts(fleet).open_pages, 1U);
  EXPECT_EQ(book.counts(fleet).open_tickets, 9U);
  for (int i = 0; i < 30; ++i) tell(facts::AlertLevel::page);
  EXPECT_EQ(book.counts(fleet).open_pages, 10U);
}

TEST_F(Alerts, GoWithTheDataKeyThatTheirEntriesAreOf) {
  const auto raised = [&](const std::string& id, const std::string& device, ledger::Privacy privacy) {
    auto draft = ledger::draft_of(fleet, {ledger::SubjectKind::device, device},
                                  facts::AlertRaised{.alert = id, .threat = "tampering", .device = device});
    draft.privacy = privacy;
    ASSERT_TRUE(ledger_.append_and_wait(std::move(draft)));
  };
  raised("00000000000000aa", "t-1", ledger::Privacy::personal);
  raised("00000000000000bb", "t-1", ledger::Privacy::open);
  raised("00000000000000cc", "t-2", ledger::Privacy::personal);
  read();
  ASSERT_TRUE(desk_.acknowledge(fleet, {"00000000000000aa", "hm", "op"}, Decide::really));
  ASSERT_TRUE(ledger_.shred(fleet, {ledger::SubjectKind::device, "t-1"}));
  say("t-1", facts::KeyShredded{"t-1", "request 12", "op"});
  read();
  EXPECT_EQ(reason(book_.find(fleet, "00000000000000aa")), "unknown-alert");
  EXPECT_TRUE(book_.find(fleet, "00000000000000bb"));
  EXPECT_TRUE(book_.find(fleet, "00000000000000cc"));
  AlertBook rebuilt;
  rebuilt.begin(fleet);
  for (const auto& entry : *ledger_.read(fleet, 0, 100)) rebuilt.apply(entry);
  EXPECT_EQ(rebuilt.save(fleet), book_.save(fleet)) << "as a book that is made anew";
}

TEST_F(Alerts, PassOverWhatIsNoFact) {
  ledger::Entry rubbish = testing::entry(Kind::alert_raised, "t-1", 0, "{\"alert\":", "application/json");
  book_.apply(rubbish);
  rubbish = testing::fact("t-1", 0, facts::AlertResolved{"00000000000000aa", {}, "", ""});
  rubbish.number = 1;
  book_.apply(rubbish);
  EXPECT_TRUE(book_.list(fleet, {}, 10).empty());
}

TEST_F(Alerts, ShowTheCaseInOrder) {
  say("t-1", facts::SessionOpened{});
  say("t-2", facts::SessionOpened{});
  say("t-1", facts::AccessRefused{});
  facts::AlertRaised raised{.alert = "00000000000000aa", .threat = "tampering", .device = "t-1", .cause = 2};
  raised.evidence.push_back({.check = "enclosure", .entries = {2, 77}});
  say("t-1", raised);
  read();
  ASSERT_TRUE(desk_.acknowledge(fleet, {"00000000000000aa", "hm", "op"}, Decide::really));
  const auto timeline = timeline_of(ledger_, fleet, *book_.find(fleet, "00000000000000aa"));
  ASSERT_TRUE(timeline) << timeline.error().text();
  ASSERT_EQ(timeline->size(), 4U);
  EXPECT_EQ(timeline->at(0).kind, "session.opened");
  EXPECT_EQ(timeline->at(0).part, TimelinePart::around);
  EXPECT_EQ(timeline->at(1).part, TimelinePart::evidence);
  EXPECT_EQ(timeline->at(1).text, "enclosure");
  EXPECT_EQ(timeline->at(2).kind, "alert.raised");
  EXPECT_EQ(timeline->at(3).text, "hm");
}

}  // namespace
}  // namespace outrider::detect
