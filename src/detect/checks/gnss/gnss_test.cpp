#include "detect/checks/gnss/gnss.h"

#include <gtest/gtest.h>

#include <random>

#include "detect/checks/motion/testing/track.h"

namespace outrider::detect {
namespace {

using testing::at;
using testing::depot;
using testing::Track;

// A receiver that is well: an hour, every 10 s.
struct Receiver {
  Track track;
  std::mt19937 random;
  double now_s = 0;

  explicit Receiver(std::uint32_t seed = 1) : random(seed) {
    for (int i = 0; i < 360; ++i) step(usual());
    worst = track.strongest;
    track.forget();
  }
  std::map<CheckId, Evidence> worst;  // of the quiet hour

  double about(double mean, double deviation) { return std::normal_distribution<double>(mean, deviation)(random); }
  Reading usual() {
    Reading reading = at(depot, 2 * std::exp(about(0, 0.1)));
    reading.vertical_accuracy = reading.accuracy * 1.5;
    reading.alt = about(30, 2);
    reading.satellites = std::round(about(14, 1));
    reading.agc = about(40, 1);
    reading.noise = about(92, 3);
    reading.jamming = about(20, 4);
    reading.cn0 = about(38, 1);
    reading.cn0_spread = about(5.5, 0.5);
    reading.speed_variance = 0.25 * std::exp(about(0, 0.1));
    reading.gnss_time = testing::start_s + now_s + 10 + about(0, 0.2);
    return reading;
  }
  std::map<CheckId, Evidence> step(const Reading& reading) { return track.report(now_s += 10, reading); }
  Reading without_fix(Reading reading) {
    reading.lat = reading.lon = reading.alt = absent;
    return reading;
  }
};

TEST(Receiver, AnHourInGoodHealthIsEverydayLife) {
  for (std::uint32_t seed = 1; seed <= 10; ++seed)
    for (const auto& [check, evidence] : Receiver(seed).worst)
      EXPECT_LT(evidence.nats, 6) << info(check)->slug << ", seed " << seed;
}

TEST(Jamming, PowerUpAndSignalsDownAreFoundAtOnce) {
  Receiver receiver;
  Reading reading = receiver.usual();
  reading.agc = 31;
  reading.cn0 = 26;
  reading.satellites = 7;
  const auto found = receiver.step(reading);
  ASSERT_TRUE(found.contains(CheckId::agc_drop));
  EXPECT_GT(found.at(CheckId::agc_drop).nats, 7);
  EXPECT_FALSE(found.contains(CheckId::receiver_profile));
  const auto text = info(CheckId::agc_drop)->explain(found.at(CheckId::agc_drop));
  EXPECT_TRUE(text.starts_with("gain 31.0 dB (usually 40.")) << text;
  EXPECT_TRUE(text.ends_with("C/N0 12 dB weaker")) << text;
}

TEST(Jamming, ALostFixCountsWithTheNoise) {
  Receiver receiver;
  for (int i = 0; i < 3; ++i) {
    Reading reading = receiver.without_fix(receiver.usual());
    reading.noise = 190;
    reading.cn0 = reading.cn0_spread = reading.satellites = absent;
    receiver.step(reading);
  }
  EXPECT_GT(receiver.track.nats(CheckId::noise_floor), 7);
}

TEST(Jamming, ATunnelIsNone) {
  Receiver receiver;
  for (int i = 0; i < 30; ++i) {
    Reading reading = receiver.without_fix(receiver.usual());
    reading.cn0 = 15;
    reading.satellites = 0;
    receiver.step(reading);
  }
  for (const auto& [check, evidence] : receiver.track.strongest) EXPECT_LE(evidence.nats, 3) << info(check)->slug;
  receiver.track.forget();
  for (int i = 0; i < 30; ++i) {
    Reading reading = receiver.without_fix(receiver.usual());
    reading.cn0 = reading.cn0_spread = reading.satellites = absent;
    receiver.step(reading);
  }
  EXPECT_EQ(receiver.track.nats(CheckId::fix_lost), 0);
}

TEST(Jamming, ANoisyNeighbourThatHarmsNothingIsNoTicket) {
  Receiver receiver;
  for (int i = 0; i < 30; ++i) {
    Reading reading = receiver.usual();
    reading.agc = 30;
    receiver.step(reading);
  }
  EXPECT_LT(receiver.track.nats(CheckId::agc_drop), 7);
}

Reading spoofed(Receiver& receiver) {
  Reading reading = receiver.usual();
  reading.noise = 170;
  reading.jamming = 5;
  reading.speed_variance = 0.12;
  reading.cn0 = 45;
  reading.cn0_spread = 1;
  return reading;
}

TEST(Spoofing, AReceiverUnlikeItselfWithAGoodFix) {
  Receiver receiver;
  const auto found = receiver.step(spoofed(receiver));
  ASSERT_TRUE(found.contains(CheckId::receiver_profile));
  EXPECT_GT(found.at(CheckId::receiver_profile).nats, 10);
  EXPECT_TRUE(info(CheckId::receiver_profile)
                  ->explain(found.at(CheckId::receiver_profile))
                  .ends_with("more figures unlike this receiver, while its fix stays"));
  EXPECT_FALSE(found.contains(CheckId::noise_floor) && found.at(CheckId::noise_floor).nats > 7);
}

TEST(Spoofing, LendsWeightToAFalsePositionButIsNoTicketOfIt) {
  Receiver receiver;
  Observation observation;
  observation.what = What::report;
  observation.received_s = observation.measured_s = testing::start_s + receiver.now_s + 10;
  observation.reading = spoofed(receiver);
  FleetMemory fleet;
  Surprises surprises;
  surprises.begin(observation);
  check_gnss(receiver.track.gnss, observation, {receiver.track.contract, observation.received_s, fleet}, surprises);
  bool said = false;
  for (const Evidence& evidence : surprises.all())
    if (evidence.threat == Threat::false_position) {
      said = true;
      EXPECT_LT(evidence.nats, 7);
    }
  EXPECT_TRUE(said);
}

TEST(Spoofing, WhatIsNotWorthASecondOpinionLendsNoWeight) {
  int everyday = 0, odd = 0;
  for (double spread = 0.2; spread < 4; spread += 0.05) {
    GnssState state{};
    Observation observation;
    observation.what = What::report;
    observation.received_s = observation.measured_s = testing::start_s;
    observation.reading = at(depot);
    observation.reading.cn0 = 47;
    observation.reading.cn0_spread = spread;
    observation.reading.satellites = 10;
    FleetMemory fleet;
    Surprises surprises;
    surprises.begin(observation);
    check_gnss(state, observation, {Contract{}, observation.received_s, fleet}, surprises);
    float uniform = 0, lent = 0;
    for (const Evidence& evidence : surprises.all()) {
      if (evidence.check != CheckId::cn0_uniform) continue;
      (evidence.threat == Threat::false_position ? lent : uniform) = evidence.nats;
    }
    EXPECT_EQ(lent > 0, uniform >= 3) << spread;
    everyday += uniform > 0 && uniform < 3 ? 1 : 0;
    odd += lent > 0 ? 1 : 0;
  }
  EXPECT_GT(everyday, 0);
  EXPECT_GT(odd, 0);
}

TEST(Spoofing, OneOddFigureIsADefect) {
  Receiver receiver;
  for (int i = 0; i < 5; ++i) {
    Reading reading = receiver.usual();
    reading.speed_variance = 0.01;
    receiver.step(reading);
  }
  EXPECT_LE(receiver.track.nats(CheckId::receiver_profile), 4);
}

TEST(Spoofing, LessSkyIsNone) {
  Receiver receiver;
  for (int i = 0; i < 30; ++i) {
    Reading reading = receiver.usual();
    reading.cn0 = 30;
    reading.satellites = 6;
    reading.accuracy = 15;
    reading.vertical_accuracy = 30;
    reading.speed_variance = 1;
    receiver.step(reading);
  }
  EXPECT_LT(receiver.track.nats(CheckId::receiver_profile), 4);
}

TEST(Spoofing, EqualSatellitesAreOddOnTheFirstDay) {
  Track track;
  Reading reading = at(depot);
  reading.cn0 = 47;
  reading.cn0_spread = 0.4;
  reading.satellites = 10;
  EXPECT_GT(track.report(0, reading)[CheckId::cn0_uniform].nats, 3);
  reading.satellites = 4;
  EXPECT_FALSE(track.report(10, reading).contains(CheckId::cn0_uniform));
}

TEST(Learning, AnAttackOfAnHourDoesNotBecomeUsual) {
  Receiver receiver;
  for (int i = 0; i < 360; ++i) receiver.step(spoofed(receiver));
  EXPECT_GT(receiver.step(spoofed(receiver))[CheckId::receiver_profile].nats, 7);
}

TEST(Clock, TimeThatIsAheadOfTheServerWasNotSentBySatellites) {
  Receiver receiver;
  Reading reading = receiver.usual();
  reading.gnss_time += 90;
  const auto found = receiver.step(reading);
  ASSERT_TRUE(found.contains(CheckId::time_offset));
  EXPECT_GT(found.at(CheckId::time_offset).nats, 10);
}

TEST(Clock, LeapSecondsAndRolledOverWeeksAreReceiversFaults) {
  for (const double off : {18.0, -18.0, -1024 * 7 * 86'400.0}) {
    Receiver receiver;
    Reading reading = receiver.usual();
    reading.gnss_time += off;
    receiver.step(reading);
    EXPECT_LE(receiver.track.nats(CheckId::time_offset), 2.5) << off;
  }
}

TEST(Height, AStepThatNoRoadHas) {
  Receiver receiver;
  Reading reading = receiver.usual();
  reading.alt = 700;
  EXPECT_GT(receiver.step(reading)[CheckId::altitude_step].nats, 7);
  Receiver other;
  reading = other.usual();
  reading.alt = 100;  // 70 m in 10 s: a lift, a pass
  EXPECT_FALSE(other.step(reading).contains(CheckId::altitude_step));
}

}  // namespace
}  // namespace outrider::detect
