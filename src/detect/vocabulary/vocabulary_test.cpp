#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "detect/engine/evidence.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

bool is_slug(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

TEST(Threats, AreFoundByNumberAndBySlug) {
  for (const ThreatInfo& threat : threats()) {
    EXPECT_EQ(&info(threat.threat), &threat);
    EXPECT_EQ(threat_from_slug(threat.slug), threat.threat);
    EXPECT_TRUE(is_slug(threat.slug)) << threat.slug;
    EXPECT_FALSE(threat.title.empty());
    EXPECT_GE(threat.half_life_s, 60U);
  }
  EXPECT_EQ(threat_from_slug("no-such-threat"), std::nullopt);
}

TEST(Threats, NameTechniquesAsAttackWritesThem) {
  for (const ThreatInfo& threat : threats()) {
    // A number unlike itself is no technique of anybody.
    EXPECT_EQ(threat.techniques.empty(), threat.threat == Threat::anomaly) << threat.slug;
    for (const auto technique : threat.techniques) {
      ASSERT_EQ(technique.size(), 5U) << technique;
      EXPECT_TRUE(technique.starts_with("T0") || technique.starts_with("T1")) << technique;
    }
  }
}

TEST(Checks, HaveEachTheirOwnNumberAndSlug) {
  std::set<CheckId> numbers;
  std::set<std::string_view> slugs;
  for (const CheckInfo& check : checks()) {
    EXPECT_TRUE(numbers.insert(check.id).second) << check.slug;
    EXPECT_TRUE(slugs.insert(check.slug).second) << check.slug;
    EXPECT_TRUE(is_slug(check.slug)) << check.slug;
    EXPECT_EQ(info(check.id), &check);
    EXPECT_EQ(check_from_slug(check.slug), check.id);
  }
  EXPECT_EQ(info(CheckId::none), nullptr);
  EXPECT_EQ(info(static_cast<CheckId>(65535)), nullptr);
  EXPECT_EQ(check_from_slug("no-such-check"), std::nullopt);
}

TEST(Checks, StandInTheHundredOfTheirFamily) {
  constexpr std::array hundreds{Family::identity, Family::motion,  Family::gnss,  Family::radio,
                                Family::physics,  Family::traffic, Family::tamper};
  for (const CheckInfo& check : checks()) {
    const auto hundred = static_cast<std::size_t>(check.id) / 100;
    ASSERT_TRUE(hundred >= 1 && hundred <= hundreds.size()) << check.slug;
    EXPECT_EQ(check.family, hundreds[hundred - 1]) << check.slug;
  }
}

TEST(Checks, ExplainThemselvesWhateverTheFiguresAre) {
  constexpr float huge = std::numeric_limits<float>::max();
  for (const CheckInfo& check : checks()) {
    ASSERT_NE(check.explain, nullptr) << check.slug;
    EXPECT_FALSE(check.summary.empty()) << check.slug;
    // Figures of these are counts and times of our own making; the others' come from devices.
    const bool ours =
        check.family == Family::identity || check.family == Family::traffic || check.family == Family::tamper;
    for (const float figure : {0.0F, 1.5F, -3.0F, huge, -huge}) {
      if (ours && (figure < 0 || figure == huge)) continue;
      const std::string sentence = check.explain({.check = check.id,
                                                  .nats = 5,
                                                  .observed = figure,
                                                  .expected = figure,
                                                  .limit = figure,
                                                  .more = {figure, figure},
                                                  .threat = check.threat});
      EXPECT_FALSE(sentence.empty()) << check.slug;
      EXPECT_LT(sentence.size(), 1000U) << check.slug;
    }
  }
}

}  // namespace
}  // namespace outrider::detect
