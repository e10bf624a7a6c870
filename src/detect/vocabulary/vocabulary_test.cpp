#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "detect/engine/evidence.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

bool is_slug(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

// T0… are techniques of the ICS matrix, T1… of the Mobile one; none that fits has a sub-technique.
bool is_technique(std::string_view text) {
  return text.size() == 5 && (text.starts_with("T0") || text.starts_with("T1")) &&
         text.find_first_not_of("0123456789", 1) == text.npos;
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
    std::set<std::string_view> named;
    for (const auto technique : threat.techniques) {
      EXPECT_TRUE(is_technique(technique)) << threat.slug << ' ' << technique;
      EXPECT_TRUE(named.insert(technique).second) << threat.slug << ' ' << technique;
    }
  }
  for (const std::string_view wrong : {"", "T085", "T08590", "T0859.001", "0T859", "t0859", "T2000", "S0603"})
    EXPECT_FALSE(is_technique(wrong)) << wrong;
}

// "| `cloned-identity` | … | T0859 … |": what the page says is what alerts say.
TEST(Threats, AreInTheManualWithTheirTechniques) {
  std::ifstream page(OUTRIDER_SOURCE_DIR "/docs/detection.md");
  ASSERT_TRUE(page);
  std::map<std::string, std::string> rows;
  for (std::string line; std::getline(page, line);)
    if (line.starts_with("| `") && line.find("` | T") != line.npos)
      rows[line.substr(3, line.find('`', 3) - 3)] = line.substr(line.find("` | T") + 2);
  for (const ThreatInfo& threat : threats()) {
    if (threat.techniques.empty()) continue;
    const auto row = rows.find(std::string(threat.slug));
    ASSERT_NE(row, rows.end()) << threat.slug;
    std::set<std::string, std::less<>> named;
    for (std::size_t at = row->second.find('T'); at != row->second.npos; at = row->second.find('T', at + 1))
      if (is_technique(std::string_view(row->second).substr(at, 5))) named.insert(row->second.substr(at, 5));
    EXPECT_EQ(named.size(), threat.techniques.size()) << row->second;
    for (const auto technique : threat.techniques) EXPECT_TRUE(named.contains(technique)) << threat.slug << technique;
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
    for (const float figure : {0.0F, 1.5F, -3.0F, huge, -huge}) {
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
