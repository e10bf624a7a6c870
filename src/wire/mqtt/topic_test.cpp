#include "wire/mqtt/topic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "wire/mqtt/trie.h"

namespace outrider::wire::mqtt {
namespace {

struct MatchCase {
  const char* name;
  const char* filter;
  const char* topic;
  bool match;
};
std::ostream& operator<<(std::ostream& out, const MatchCase& c) {
  return out << c.filter << " against " << c.topic;
}

class TopicFilter : public testing::TestWithParam<MatchCase> {};

TEST_P(TopicFilter, MatchesAloneAndInTheTrie) {
  const auto& [name, filter, topic, match] = GetParam();
  EXPECT_EQ(matches(filter, topic), match);
  SubscriptionTrie<int, int> trie(10);
  ASSERT_TRUE(trie.insert(filter, 1, 2));
  int found = 0;
  trie.match(topic, [&](int, int) { ++found; });
  EXPECT_EQ(found, match ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(
    Mqtt5Section4_7, TopicFilter,
    testing::Values(MatchCase{"TheSameText", "a/b", "a/b", true}, MatchCase{"AnotherCase", "a/b", "a/B", false},
                    MatchCase{"ALevelMore", "a/b", "a/b/c", false}, MatchCase{"ALevelLess", "a/b", "a", false},
                    MatchCase{"ASlashAtTheEndIsALevel", "a", "a/", false},
                    MatchCase{"ASlashInFrontIsALevel", "/a", "a", false},
                    MatchCase{"HashTakesEverything", "#", "fleet/7/gps", true},
                    MatchCase{"HashTakesTheParent", "sport/tennis/#", "sport/tennis", true},
                    MatchCase{"HashTakesBelow", "sport/tennis/#", "sport/tennis/player1/ranking", true},
                    MatchCase{"HashLeavesSiblings", "sport/tennis/#", "sport/golf", false},
                    MatchCase{"HashLeavesLongerNames", "sport/tennis/#", "sport/tennis2", false},
                    MatchCase{"HashLeavesDollarTopics", "#", "$SYS/load", false},
                    MatchCase{"PlusLeavesDollarTopics", "+/load", "$SYS/load", false},
                    MatchCase{"DollarTopicsByName", "$SYS/#", "$SYS/load", true},
                    MatchCase{"DollarBelowTheFirstLevelIsOrdinary", "a/#", "a/$b", true},
                    MatchCase{"PlusTakesOneLevel", "d/+/telemetry", "d/t-1/telemetry", true},
                    MatchCase{"PlusTakesNotTwo", "d/+/telemetry", "d/a/b/telemetry", false},
                    MatchCase{"PlusTakesAnEmptyLevel", "a/+", "a/", true},
                    MatchCase{"PlusNeedsALevel", "a/+", "a", false},
                    MatchCase{"PlusSlashPlus", "+/+", "/finance", true}, MatchCase{"SlashPlus", "/+", "/finance", true},
                    MatchCase{"PlusAlone", "+", "/finance", false}, MatchCase{"PlusThenHash", "+/#", "a", true},
                    MatchCase{"EmptyLevels", "//", "//", true}),
    [](const auto& info) { return info.param.name; });

TEST(TopicName, WildcardsEmptyNamesAndNulAreRefused) {
  EXPECT_TRUE(check_topic_name("d/t-1/telemetry"));
  EXPECT_TRUE(check_topic_name("/"));
  for (const std::string_view bad : {std::string_view(""), std::string_view("a/+"), std::string_view("#"),
                                     std::string_view("a+b"), std::string_view("a\0b", 3)}) {
    const auto checked = check_topic_name(bad);
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(reason_code_of(checked.error()), ReasonCode::malformed_packet);
  }
}

TEST(TopicFilterSyntax, WildcardsMustBeLevels) {
  for (const auto* good : {"#", "+", "a/#", "+/a/#", "/", "a//b", "$SYS/#", "$share/g/#", "$shared/x"}) {
    EXPECT_TRUE(check_topic_filter(good)) << good;
  }
  for (const auto* bad : {"", "a#", "a/#/b", "#/", "a+", "+a/b", "a/b+", "##", "++"}) {
    EXPECT_FALSE(check_topic_filter(bad)) << bad;
  }
}

TEST(SharedSubscription, IsTakenApartIntoGroupAndFilter) {
  EXPECT_EQ(*parse_filter("$share/workers/d/+/telemetry"), (FilterParts{"workers", "d/+/telemetry"}));
  EXPECT_EQ(*parse_filter("$share/g//a"), (FilterParts{"g", "/a"}));
  EXPECT_EQ(*parse_filter("a/b"), (FilterParts{"", "a/b"}));
  for (const auto* bad : {"$share", "$share/", "$share/g", "$share/g/", "$share//a", "$share/+/a", "$share/g#/a"}) {
    EXPECT_FALSE(parse_filter(bad)) << bad;
  }
}

TEST(TopicLimits, LongAndDeepTopicsAreRefusedWithTheirOwnReason) {
  const std::string deepest(topic_levels_max - 1, '/');
  EXPECT_TRUE(check_topic_name_limits(deepest));
  EXPECT_EQ(reason_code_of(check_topic_name_limits(deepest + "/").error()), ReasonCode::topic_name_invalid);
  EXPECT_TRUE(check_topic_filter_limits(std::string(topic_bytes_max, 'a')));
  const auto long_filter = check_topic_filter_limits(std::string(topic_bytes_max + 1, 'a'));
  EXPECT_EQ(reason_code_of(long_filter.error()), ReasonCode::topic_filter_invalid);
}

TEST(TopicGrant, CoversOnlyWhatItMatchesAltogether) {
  EXPECT_TRUE(covers("d/t-1/#", "d/t-1/command"));
  EXPECT_TRUE(covers("d/t-1/#", "d/t-1/+/x"));
  EXPECT_TRUE(covers("d/t-1/#", "d/t-1/#"));
  EXPECT_TRUE(covers("d/+/telemetry", "d/+/telemetry"));
  EXPECT_TRUE(covers("d/+/telemetry", "d/t-1/telemetry"));
  EXPECT_TRUE(covers("#", "+/a"));
  EXPECT_FALSE(covers("d/t-1/#", "d/+/command"));
  EXPECT_FALSE(covers("d/t-1/command", "d/t-1/#"));
  EXPECT_FALSE(covers("d/t-1/+", "d/t-1/#"));
  EXPECT_FALSE(covers("d/t-1/+", "d/t-1/a/b"));
  EXPECT_FALSE(covers("a/b", "a"));
  EXPECT_FALSE(covers("#", "$SYS/a"));
  EXPECT_FALSE(covers("+/a", "$SYS/a"));
}

using Trie = SubscriptionTrie<std::string, int>;

std::map<std::string, int> found(const Trie& trie, std::string_view topic) {
  std::map<std::string, int> out;
  trie.match(topic, [&](const std::string& key, int value) { out[key] = value; });
  return out;
}

TEST(SubscriptionTrie, FindsEverySubscriberWithItsOptions) {
  Trie trie(100);
  ASSERT_TRUE(trie.insert("a/b", "exact", 1));
  ASSERT_TRUE(trie.insert("a/+", "plus", 2));
  ASSERT_TRUE(trie.insert("a/#", "hash", 3));
  ASSERT_TRUE(trie.insert("c", "other", 4));
  EXPECT_EQ(found(trie, "a/b"), (std::map<std::string, int>{{"exact", 1}, {"plus", 2}, {"hash", 3}}));
  EXPECT_EQ(found(trie, "a"), (std::map<std::string, int>{{"hash", 3}}));
  EXPECT_TRUE(found(trie, "x").empty());
}

TEST(SubscriptionTrie, SubscribingAgainReplacesTheOptions) {
  Trie trie(100);
  EXPECT_TRUE(*trie.insert("a", "k", 1));
  EXPECT_FALSE(*trie.insert("a", "k", 2));
  EXPECT_EQ(trie.size(), 1U);
  EXPECT_EQ(found(trie, "a"), (std::map<std::string, int>{{"k", 2}}));
}

TEST(SubscriptionTrie, ErasingGivesTheMemoryBackAndLeavesTheOthers) {
  Trie trie(100);
  ASSERT_TRUE(trie.insert("a/b/c", "one", 1));
  ASSERT_TRUE(trie.insert("a/b/c", "two", 2));
  ASSERT_TRUE(trie.insert("a/+/#", "three", 3));
  EXPECT_FALSE(trie.erase("a/b", "one"));
  EXPECT_FALSE(trie.erase("a/b/c", "nobody"));
  EXPECT_FALSE(trie.erase("x/#", "one"));
  EXPECT_TRUE(trie.erase("a/b/c", "one"));
  EXPECT_EQ(found(trie, "a/b/c"), (std::map<std::string, int>{{"two", 2}, {"three", 3}}));
  EXPECT_TRUE(trie.erase("a/+/#", "three"));
  EXPECT_TRUE(trie.erase("a/b/c", "two"));
  EXPECT_TRUE(trie.empty());
  EXPECT_EQ(trie.nodes(), 1U);
}

TEST(SubscriptionTrie, RefusesMoreThanItsLimitAndStaysAsItWas) {
  Trie trie(2);
  ASSERT_TRUE(trie.insert("a", "k", 1));
  ASSERT_TRUE(trie.insert("b", "k", 1));
  const std::size_t nodes = trie.nodes();
  const auto third = trie.insert("c/d/e", "k", 1);
  ASSERT_FALSE(third);
  EXPECT_EQ(reason_code_of(third.error()), ReasonCode::quota_exceeded);
  EXPECT_EQ(trie.nodes(), nodes);
  EXPECT_FALSE(*trie.insert("b", "k", 7));  // replacing takes no room
}

TEST(SubscriptionTrie, RefusesWhatIsNoFilterOrTooDeep) {
  Trie trie(10);
  EXPECT_FALSE(trie.insert("a#", "k", 1));
  EXPECT_FALSE(trie.insert(std::string(topic_levels_max, '/'), "k", 1));
  EXPECT_EQ(trie.nodes(), 1U);
}

}  // namespace
}  // namespace outrider::wire::mqtt
