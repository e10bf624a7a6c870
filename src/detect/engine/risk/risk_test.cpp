#include "detect/engine/risk/risk.h"

#include <gtest/gtest.h>

namespace outrider::detect {
namespace {

constexpr double now = 1'790'000'000;
constexpr auto threat = Threat::false_position;

Evidence found(CheckId check, float nats, double at = now, Threat about = threat) {
  return {.check = check, .nats = nats, .at_s = static_cast<std::uint32_t>(at), .threat = about};
}

CheckId any(Family family, bool proof = false) {
  for (const CheckInfo& check : checks())
    if (check.family == family && check.proof == proof) return check.id;
  return CheckId::none;
}
CheckId second(Family family) {
  for (const CheckInfo& check : checks())
    if (check.family == family && !check.proof && check.id != any(family)) return check.id;
  return CheckId::none;
}

struct Risk : testing::Test {
  Finding at(double time) { return assess(state, threat, time, tuning); }
  void add(CheckId check, float nats, double time = now) { remember(state, found(check, nats, time), time); }
  bool say(double time) { return worth_saying(state, at(time), time); }

  RiskState state{};
  Tuning tuning;
};

TEST_F(Risk, IsTheSumOverFamiliesOfTheirStrongest) {
  add(any(Family::motion), 5);
  add(second(Family::motion), 4);
  add(any(Family::radio), 3.5F);
  const Finding finding = at(now);
  EXPECT_FLOAT_EQ(finding.risk, 8.5F);
  ASSERT_EQ(finding.families, 2);
  EXPECT_EQ(finding.evidence[0].check, any(Family::motion));
  EXPECT_EQ(finding.evidence[1].check, any(Family::radio));
}

TEST_F(Risk, KeepsThreatsApart) {
  add(any(Family::motion), 5);
  remember(state, found(any(Family::radio), 9, now, Threat::rogue_base_station), now);
  EXPECT_FLOAT_EQ(at(now).risk, 5);
}

TEST_F(Risk, HalvesWithTheHalfLifeOfItsThreat) {
  add(any(Family::motion), 12);
  EXPECT_FLOAT_EQ(at(now + info(threat).half_life_s).risk, 6);
  EXPECT_FLOAT_EQ(at(now + 2.0 * info(threat).half_life_s).risk, 3);
}

TEST_F(Risk, ForgetsTheOldFindingWhenAWeakerOneWeighsMoreByNow) {
  add(any(Family::motion), 12);
  add(second(Family::motion), 7, now + info(threat).half_life_s);
  EXPECT_EQ(at(now + info(threat).half_life_s).evidence[0].check, second(Family::motion));
}

TEST_F(Risk, CountsHowOftenACheckSaidIt) {
  for (int i = 0; i < 3; ++i) add(any(Family::motion), 5 - static_cast<float>(i));
  EXPECT_EQ(at(now).evidence[0].count, 3);
  EXPECT_FLOAT_EQ(at(now).evidence[0].nats, 5);
}

TEST_F(Risk, OfOneFamilyIsATicketHoweverSure) {
  add(any(Family::motion), 100);
  EXPECT_EQ(at(now).level, Level::ticket);
}

TEST_F(Risk, OfTwoFamiliesPages) {
  add(any(Family::motion), 8);
  add(any(Family::radio), 4);
  EXPECT_EQ(at(now).level, Level::page);
  EXPECT_FALSE(at(now).proof);
}

TEST_F(Risk, NeedsASecondOpinionWorthTheName) {
  add(any(Family::motion), 20);
  add(any(Family::radio), 2.5F);
  EXPECT_EQ(at(now).level, Level::ticket);
}

TEST_F(Risk, OfTwoFamiliesBelowThePageIsATicket) {
  add(any(Family::motion), 5);
  add(any(Family::radio), 4);
  EXPECT_EQ(at(now).level, Level::ticket);
}

TEST_F(Risk, BelowATicketIsNothing) {
  add(any(Family::motion), 6.9F);
  EXPECT_EQ(at(now).level, Level::none);
  EXPECT_FALSE(say(now));
}

TEST_F(Risk, PagesOnOneProof) {
  const CheckId proof = any(Family::identity, true);
  ASSERT_NE(proof, CheckId::none);
  add(proof, 8);
  EXPECT_EQ(at(now).level, Level::page);
  EXPECT_TRUE(at(now).proof);
}

TEST_F(Risk, DoesNotPageOnAProofThatWasTurnedDown) {
  add(any(Family::identity, true), 6);
  EXPECT_EQ(at(now).level, Level::none);
}

TEST_F(Risk, OfANumericChannelAloneNeverPages) {
  add(CheckId::channel, 100);
  ASSERT_EQ(info(CheckId::channel)->family, Family::physics);
  EXPECT_FALSE(info(CheckId::channel)->proof);
  add(second(Family::physics), 90);
  EXPECT_EQ(at(now).level, Level::ticket);
}

TEST_F(Risk, TheWeakestMakesRoomAndNothingWeakerTakesIt) {
  for (std::uint8_t i = 0; i < RiskState::slots; ++i)
    remember(state, found(any(Family::motion), 10.0F + i, now, static_cast<Threat>(i + 1)), now);
  const auto last = static_cast<Threat>(20);
  remember(state, found(any(Family::motion), 3, now, last), now);
  EXPECT_EQ(assess(state, last, now, tuning).families, 0);
  remember(state, found(any(Family::motion), 30, now, last), now);
  EXPECT_FLOAT_EQ(assess(state, last, now, tuning).risk, 30);
  EXPECT_EQ(assess(state, static_cast<Threat>(1), now, tuning).families, 0);
}

TEST_F(Risk, IsSaidOnceAndAgainWhenGrownByHalf) {
  add(any(Family::motion), 8);
  EXPECT_TRUE(say(now));
  EXPECT_FALSE(say(now));
  add(any(Family::motion), 11, now + 1);
  EXPECT_FALSE(say(now + 1));
  add(any(Family::motion), 12.1F, now + 2);
  EXPECT_TRUE(say(now + 2));
  EXPECT_FALSE(say(now + 3));
}

TEST_F(Risk, IsSaidAgainWhenItBecomesAPage) {
  add(any(Family::motion), 10);
  EXPECT_TRUE(say(now));
  add(any(Family::radio), 3);
  ASSERT_EQ(at(now).level, Level::page);
  EXPECT_TRUE(say(now));
  EXPECT_FALSE(say(now));
}

TEST_F(Risk, IsSaidAnewAfterItWasOver) {
  add(any(Family::motion), 8);
  EXPECT_TRUE(say(now));
  const double later = now + 3.0 * info(threat).half_life_s;
  forget_over(state, threat, later, tuning);
  add(any(Family::motion), 8, later);
  EXPECT_TRUE(say(later));
}

TEST_F(Risk, ThatStandsIsNotForgotten) {
  add(any(Family::motion), 8);
  EXPECT_TRUE(say(now));
  const double later = now + 0.5 * info(threat).half_life_s;
  forget_over(state, threat, later, tuning);
  add(any(Family::motion), 8, later);
  EXPECT_FALSE(say(later));
}

TEST_F(Risk, OfMoreThreatsThanAreRememberedForgetsTheOldestSaid) {
  for (std::uint8_t i = 0; i <= RiskState::said_max; ++i) {
    const double time = now + i;
    const auto each = static_cast<Threat>(i + 1);
    remember(state, found(any(Family::motion), 8, time, each), time);
    EXPECT_TRUE(worth_saying(state, assess(state, each, time, tuning), time));
  }
  EXPECT_TRUE(worth_saying(state, assess(state, static_cast<Threat>(1), now + 9, tuning), now + 9));
  EXPECT_FALSE(worth_saying(state, assess(state, static_cast<Threat>(3), now + 9, tuning), now + 9));
}

}  // namespace
}  // namespace outrider::detect
