#include "fleet/lifecycle/lifecycle.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace outrider::fleet {
namespace {

using enum facts::Lifecycle;
using Event = facts::LifecycleEvent;
using facts::Lifecycle;
using ::testing::HasSubstr;

constexpr std::array states{expected, enrolled, active, quarantined, retired, lost, stolen};
constexpr std::array events{Event::quarantine, Event::release, Event::lost, Event::stolen, Event::found, Event::retire};
constexpr std::array reaches{Reached::nothing, Reached::identity, Reached::session};
const DeviceId device("t-1");

template <class Enum>
std::string word(Enum value) {
  return boost::describe::enum_to_string(value, "?");
}

std::string walk(Lifecycle from, Event event, Reached reached = Reached::session) {
  const auto to = next_state(device, from, event, reached);
  return to ? word(*to) : to.error().reason;
}

// What an operator expects, written out: a row for each state, a column for each event as in `events`; "-" is refused.
TEST(Lifecycle, EveryEventInEveryStateLeadsWhereItShouldOrNowhere) {
  const std::map<Lifecycle, std::array<std::string, 6>> wanted{
      {expected, {"-", "-", "lost", "stolen", "-", "retired"}},
      {enrolled, {"quarantined", "-", "lost", "stolen", "-", "retired"}},
      {active, {"quarantined", "-", "lost", "stolen", "-", "retired"}},
      {quarantined, {"-", "active", "lost", "stolen", "-", "retired"}},
      {lost, {"-", "-", "-", "stolen", "quarantined", "retired"}},
      {stolen, {"-", "-", "lost", "-", "quarantined", "retired"}},
      {retired, {"-", "-", "-", "-", "-", "-"}},
  };
  for (const auto& [from, row] : wanted) {
    for (std::size_t i = 0; i < events.size(); ++i) {
      const std::string refusal = from == retired ? "device-retired" : "no-such-transition";
      EXPECT_EQ(walk(from, events[i]), row[i] == "-" ? refusal : row[i]) << word(from) << " " << word(events[i]);
    }
  }
}

TEST(Lifecycle, EveryEdgeOfTheTableIsTakenBySomeDevice) {
  std::set<std::size_t> taken;
  for (const auto from : states)
    for (const auto event : events)
      for (const auto reached : reaches) {
        const auto to = next_state(device, from, event, reached);
        if (!to) continue;
        const auto edge = std::ranges::find_if(lifecycle_edges, [&](const auto& each) {
          return each.event == event && each.from == from && each.to == *to;
        });
        ASSERT_NE(edge, lifecycle_edges.end());
        EXPECT_GE(reached, edge->least);
        taken.insert(static_cast<std::size_t>(edge - lifecycle_edges.begin()));
      }
  EXPECT_EQ(taken.size(), lifecycle_edges.size()) << "an edge that no device can take is a mistake";
}

TEST(Lifecycle, ADeviceGoesBackToWhereItWas) {
  EXPECT_EQ(walk(quarantined, Event::release, Reached::session), "active");
  EXPECT_EQ(walk(quarantined, Event::release, Reached::identity), "enrolled");
  EXPECT_EQ(walk(lost, Event::found, Reached::identity), "quarantined");
  EXPECT_EQ(walk(lost, Event::found, Reached::nothing), "expected");
  EXPECT_EQ(walk(stolen, Event::found, Reached::nothing), "expected");
}

TEST(Lifecycle, ARefusalNamesBothStatesAndWhatIsPossible) {
  const auto refusal = next_state(device, lost, Event::quarantine, Reached::session).error();
  EXPECT_EQ(refusal.code, Errc::conflict);
  EXPECT_THAT(refusal.detail, HasSubstr("'t-1' is lost and cannot become quarantined by 'quarantine'"));
  EXPECT_THAT(refusal.detail, HasSubstr("stolen, found, retire"));
  EXPECT_THAT(next_state(device, quarantined, Event::quarantine, Reached::session).error().detail,
              HasSubstr("is quarantined already"));
  EXPECT_THAT(next_state(device, retired, Event::release, Reached::session).error().detail,
              HasSubstr("is retired, which is final, and cannot become active"));
}

TEST(Lifecycle, AnEventIsKnownByItsName) {
  for (const auto event : events) EXPECT_EQ(*parse_event(word(event)), event);
  const auto refusal = parse_event("quarantin").error();
  EXPECT_EQ(refusal.reason, "bad-event");
  EXPECT_THAT(refusal.detail, HasSubstr("quarantine"));
  EXPECT_FALSE(parse_event(""));
}

// --- what is said with a change

std::string said(const StateChange& change) {
  const auto good = check_change(change);
  return good ? "good" : good.error().reason;
}

TEST(StateChange, NeedsAReasonThatIsPlainAndEnds) {
  EXPECT_EQ(said({.why = "speaks at night", .by = "ann"}), "good");
  EXPECT_EQ(said({.why = "spricht nachts, ständig „laut“", .by = "ann"}), "good");
  EXPECT_EQ(said({.why = "", .by = "ann"}), "no-reason");
  EXPECT_EQ(said({.why = std::string(1024, 'x'), .by = "ann"}), "good");
  EXPECT_EQ(said({.why = std::string(1025, 'x'), .by = "ann"}), "too-long");
  EXPECT_EQ(said({.why = "x", .by = std::string(257, 'x')}), "too-long");
  for (const std::string_view text : {"two\nlines", "\x1b[31mred", "tab\t", "del\x7f", "c1\xc2\x9b",
                                      "\xe2\x80\xae"
                                      "desrever",
                                      "\xe2\x81\xa6", "cut \xe2\x82", "\xff"}) {
    EXPECT_EQ(said({.why = std::string(text), .by = "ann"}), "bad-text") << text;
    EXPECT_EQ(said({.why = "x", .by = std::string(text)}), "bad-text") << text;
  }
}

TEST(StateChange, HasAnEndToItsCauses) {
  EXPECT_EQ(said({.why = "x", .cause = std::vector<std::uint64_t>(64)}), "good");
  EXPECT_EQ(said({.why = "x", .cause = std::vector<std::uint64_t>(65)}), "too-many");
}

TEST(StateChange, TakesIdentitiesBackOnlyWhereADeviceIsGone) {
  for (const auto event : {Event::lost, Event::stolen, Event::retire})
    EXPECT_EQ(said({.event = event, .why = "x", .revoke = true}), "good");
  for (const auto event : {Event::quarantine, Event::release, Event::found})
    EXPECT_EQ(said({.event = event, .why = "x", .revoke = true}), "bad-event");
}

}  // namespace
}  // namespace outrider::fleet
