#include "detect/checks/identity/identity.h"

#include <gtest/gtest.h>

#include "detect/testing/watch.h"

namespace outrider::detect {
namespace {

using testing::Watch;

constexpr double minute = 60, hour = 3600, day = 86400;

struct Identity : ::testing::Test {
  Identity() {
    for (int i = 0; i < 20; ++i) watch.add(name(i));
  }
  static std::string name(int i) { return "t-" + std::to_string(i); }
  // Everybody comes up at home once a day.
  void days(int count) {
    for (int i = 0; i < count; ++i) {
      for (int device = 0; device < 20; ++device) {
        watch.now += 30 * minute / 20;
        const auto session = watch.open(name(device), "198.51.100." + std::to_string(device));
        watch.close(name(device), session, "disconnected");
      }
      watch.now += day - 30 * minute;
    }
  }
  // Two clients under one name: each takes the session from the other and comes back after a while.
  void flap(const std::string& device, int times, double backoff_s, std::uint32_t other_asn) {
    std::string session = watch.open(device, "198.51.100.1");
    for (int i = 0; i < times; ++i) {
      watch.now += backoff_s;
      watch.close(device, session, "taken-over");
      session = i % 2 == 0 ? watch.open(device, "203.0.113.1", other_asn) : watch.open(device, "198.51.100.1");
    }
  }
  Watch watch;
};

TEST_F(Identity, PagesWhenAnIdentityLivesTwice) {
  days(3);
  const double began = watch.now;
  flap("t-0", 7, 5, 64999);
  EXPECT_EQ(watch.level("t-0", Threat::cloned_identity), Level::page);
  EXPECT_LT(watch.now - began, minute);
}

TEST_F(Identity, SeesACopyBehindTheSameAsnByItsTlsStack) {
  days(3);
  std::string session = watch.open("t-0", "198.51.100.1", 64500, "DE", "real");
  for (int i = 0; i < 8; ++i) {
    watch.now += 5;
    watch.close("t-0", session, "taken-over");
    session = i % 2 == 0 ? watch.open("t-0", "198.51.100.1", 64500, "DE", "copy")
                         : watch.open("t-0", "198.51.100.1", 64500, "DE", "real");
  }
  EXPECT_EQ(watch.level("t-0", Threat::cloned_identity), Level::page);
}

TEST_F(Identity, LetsADeviceRoam) {
  days(3);
  std::string session = watch.open("t-0", "198.51.100.1");
  for (int i = 2; i < 40; ++i) {  // hand-over after hand-over, half-open sessions behind it
    watch.now += 90;
    watch.close("t-0", session, "taken-over");
    session = watch.open("t-0", "198.51." + std::to_string(i) + ".1", 64500);
  }
  EXPECT_EQ(watch.level("t-0", Threat::cloned_identity), Level::none);
}

TEST_F(Identity, LetsACarriersNatChangeItsAddress) {
  days(3);
  std::string session = watch.open("t-0", "198.51.1.1");
  for (int i = 0; i < 60; ++i) {  // two gateways by turns, in bad coverage
    watch.now += 60;
    watch.close("t-0", session, "taken-over");
    session = watch.open("t-0", i % 2 == 0 ? "198.51.2.1" : "198.51.1.1", 64500);
  }
  EXPECT_EQ(watch.pages(), 0U);
  EXPECT_EQ(watch.level("t-0", Threat::cloned_identity), Level::none);
}

TEST_F(Identity, LetsADeviceWithTwoSimsChangeNowAndThen) {
  days(3);
  std::string session = watch.open("t-0", "198.51.100.1", 64500);
  for (int i = 0; i < 40; ++i) {  // every half hour
    watch.now += 30 * minute;
    watch.close("t-0", session, "taken-over");
    session = i % 2 == 0 ? watch.open("t-0", "203.0.113.1", 64501) : watch.open("t-0", "198.51.100.1", 64500);
  }
  EXPECT_EQ(watch.pages(), 0U);
}

TEST_F(Identity, IsSureOfACopyInTheSameNetworkWhenBothConnectionsAnswer) {
  days(3);
  const auto alive = [&] {
    watch.say(testing::fact("t-0", watch.now, facts::IdentitySuspected{"t-0", "1", "alive-twice", "", "198.51.7.1:1"}));
  };
  std::string session = watch.open("t-0", "198.51.100.1");
  for (int i = 0; i < 8; ++i) {
    watch.now += 5;
    watch.close("t-0", session, "taken-over");
    session = watch.open("t-0", i % 2 == 0 ? "198.51.7.1" : "198.51.100.1");
    alive();
  }
  EXPECT_EQ(watch.level("t-0", Threat::cloned_identity), Level::page);
}

TEST_F(Identity, LetsAScannerOpenTheNextConnectionBeforeItLeavesTheLast) {
  days(3);
  std::string session = watch.open("t-0", "198.51.100.1");
  for (int i = 0; i < 12; ++i) {  // through a hall, from one access point's network to the next
    watch.now += 45;
    watch.close("t-0", session, "taken-over");
    session = watch.open("t-0", "198.51." + std::to_string(i) + ".1");
    watch.say(testing::fact("t-0", watch.now, facts::IdentitySuspected{"t-0", "1", "alive-twice", "", "198.51.7.1:1"}));
  }
  EXPECT_EQ(watch.pages(), 0U);
}

TEST_F(Identity, SeesTwoDevicesByTheirCountersOfStarts) {
  for (int i = 0; i < 10; ++i) {
    watch.now += 30;
    watch.report("t-0", i % 2 == 0 ? R"([{"n":"boot_count","v":812}])" : R"([{"n":"boot_count","v":5}])");
  }
  EXPECT_EQ(watch.level("t-0", Threat::cloned_identity), Level::page);
}

TEST_F(Identity, ForgivesACounterThatWasLostAndReportsThatComeLate) {
  watch.now += day;
  watch.report("t-0", R"([{"n":"boot_count","v":812}])");
  watch.now += day;
  watch.report("t-0", R"([{"n":"boot_count","v":1}])");
  watch.now += day;
  watch.report("t-1", R"([{"n":"boot_count","v":7}])");
  for (int i = 0; i < 20; ++i) {  // kept since before the start
    watch.now += 1;
    watch.report("t-1", R"([{"n":"boot_count","v":6,"t":-7200}])");
  }
  EXPECT_EQ(watch.level("t-0", Threat::cloned_identity), Level::none);
  EXPECT_EQ(watch.level("t-1", Threat::cloned_identity), Level::none);
}

TEST_F(Identity, NoticesASessionFromACountryWhereNobodyGoesSoFast) {
  days(30);
  watch.open("t-3", "198.51.100.3");
  watch.now += 5 * minute;
  watch.open("t-3", "203.0.113.3", 64500, "BR");
  EXPECT_GT(watch.nats("t-3", CheckId::session_travel), 4);
}

TEST_F(Identity, KnowsTheBorderThatTheFleetCrosses) {
  for (int i = 0; i < 200; ++i) {
    watch.now += 20 * minute;
    watch.open(Identity::name(i % 20), "198.51.100.3", 64500, i / 20 % 2 == 0 ? "DE" : "PL");
  }
  watch.findings.clear();
  watch.open("t-0", "198.51.100.3", 64500, "PL");
  EXPECT_TRUE(watch.findings.empty());
  EXPECT_LT(watch.nats("t-0", CheckId::session_travel), 4);
}

TEST_F(Identity, NoticesAPlaceWhereNobodyEverWas) {
  days(60);
  watch.open("t-4", "203.0.113.3", 64999, "KP");
  EXPECT_EQ(watch.level("t-4", Threat::stolen_credentials), Level::ticket);
  watch.open("t-5", "203.0.113.3", 64999, "KP");
  EXPECT_EQ(watch.pages(), 0U);  // a place alone never pages
}

TEST_F(Identity, GetsUsedToPlacesThatDevicesComeTo) {
  for (int round = 0; round < 6; ++round)
    for (int device = 0; device < 19; ++device) {
      watch.now += hour;
      watch.open(name(device), "198.51.100.3", 64500 + static_cast<std::uint32_t>(round));
    }
  watch.open("t-19", "198.51.100.3", 64500);
  watch.now += hour;
  watch.open("t-19", "198.51.100.3", 64503);
  EXPECT_LT(watch.nats("t-19", CheckId::foreign_network), 4);
}

TEST_F(Identity, NoticesAnotherTlsStackAndExpectsItAfterAnUpdate) {
  for (int i = 0; i < 400; ++i) {
    watch.now += hour;
    watch.open(name(i % 20), "198.51.100.1", 64500, "DE", "stack-1");
  }
  watch.open("t-0", "198.51.100.1", 64500, "DE", "curl");
  EXPECT_GT(watch.nats("t-0", CheckId::tls_fingerprint), 7);
  for (int device = 1; device < 20; ++device) {  // a mass update
    watch.report(name(device), R"([{"n":"firmware","vs":"1.0.0"}])");
    watch.open(name(device), "198.51.100.1", 64500, "DE", "stack-1");
    watch.report(name(device), R"([{"n":"firmware","vs":"2.0.0"}])");
    watch.open(name(device), "198.51.100.1", 64500, "DE", "stack-2");
    EXPECT_EQ(watch.nats(name(device), CheckId::tls_fingerprint), 0);
  }
}

TEST_F(Identity, WaitsForTheReportThatNamesTheFirmwareOfAnotherTlsStack) {
  for (int i = 0; i < 400; ++i) {
    watch.now += hour;
    watch.open(name(i % 20), "198.51.100.1", 64500, "DE", "stack-1");
    watch.report(name(i % 20), R"([{"n":"firmware","vs":"1.0.0"}])");
  }
  // It starts with other firmware, and shakes hands before it says so.
  for (int device = 0; device < 10; ++device) {
    watch.now += minute;
    watch.open(name(device), "198.51.100.1", 64500, "DE", "stack-2");
    watch.report(name(device), R"([{"n":"firmware","vs":"2.0.0"}])");
    watch.report(name(device), R"([{"n":"firmware","vs":"2.0.0"}])");
    EXPECT_EQ(watch.nats(name(device), CheckId::tls_fingerprint), 0);
  }
  watch.open("t-12", "198.51.100.1", 64500, "DE", "curl");
  EXPECT_EQ(watch.nats("t-12", CheckId::tls_fingerprint), 0);
  watch.report("t-12", R"([{"n":"firmware","vs":"1.0.0"}])");
  EXPECT_GT(watch.nats("t-12", CheckId::tls_fingerprint), 5);
  // It says nothing about its firmware for some reports: then nothing excuses it.
  watch.open("t-13", "198.51.100.1", 64500, "DE", "curl-2");
  for (int i = 0; i < 3; ++i) watch.report("t-13");
  EXPECT_GT(watch.nats("t-13", CheckId::tls_fingerprint), 4);
}

TEST_F(Identity, WhereAllPlacesAreEquallyUsualNoneOfThemIsOdd) {
  for (int device = 0; device < 20; ++device)
    for (int i = 0; i < 5; ++i) watch.open(name(device), "198.51.100.1", 64500 + static_cast<std::uint32_t>(device));
  watch.open("t-3", "198.51.100.1", 64500 + 11);
  EXPECT_LT(watch.nats("t-3", CheckId::foreign_network), 5);
}

TEST_F(Identity, TakesAKeyOfTwoDevicesForProof) {
  watch.issue("t-1", "key of t-0");
  EXPECT_EQ(watch.level("t-1", Threat::cloned_identity), Level::page);
  watch.issue("t-2", "key of t-2");  // renewed with its own
  EXPECT_EQ(watch.level("t-2", Threat::cloned_identity), Level::none);
}

TEST_F(Identity, TakesAnEnrolmentWithAnothersKeyForProof) {
  watch.say(testing::fact("t-1", 0, facts::EnrolmentRefused{"t-1", "key-in-use", "", "203.0.113.1:1"}));
  EXPECT_EQ(watch.level("t-1", Threat::cloned_identity), Level::page);
}

TEST_F(Identity, RemembersKeysOverASnapshot) {
  ByteWriter out;
  watch.engine.memory().identity.save(out);
  IdentityMemory loaded;
  ByteReader in(out.bytes());
  ASSERT_TRUE(loaded.load(in));
  ASSERT_TRUE(in.finish());
  ByteWriter again;
  loaded.save(again);
  EXPECT_EQ(out.bytes(), again.bytes());
}

TEST_F(Identity, CountsCodesThatAreTriedButNotATypingError) {
  for (int i = 0; i < 2; ++i) {
    watch.now += minute;
    watch.say(testing::fact("t-1", watch.now, facts::EnrolmentRefused{"t-1", "code-unknown", "", "203.0.113.1:1"}));
  }
  EXPECT_EQ(watch.level("t-1", Threat::enrolment_abuse), Level::none);
  for (int i = 0; i < 20; ++i) {
    watch.now += minute;
    watch.say(testing::fact("t-1", watch.now, facts::EnrolmentRefused{"t-1", "code-unknown", "", "203.0.113.1:1"}));
  }
  EXPECT_EQ(watch.level("t-1", Threat::enrolment_abuse), Level::ticket);
}

TEST_F(Identity, SeesOneAddressTryManyNames) {
  for (int i = 0; i < 40; ++i) {
    watch.now += 1;
    const std::string claimed = "guess-" + std::to_string(i);
    watch.say(testing::fact(claimed, watch.now, facts::EnrolmentRefused{claimed, "code-unknown", "", "203.0.113.1:1"}));
  }
  EXPECT_EQ(watch.level("", Threat::enrolment_abuse), Level::ticket);
}

TEST_F(Identity, TellsARevokedIdentityElsewhereFromTheDeviceThatWasJustCutOff) {
  watch.open("t-0", "198.51.100.1");
  watch.refuse("t-0", "connect", "", "identity-revoked", 1, "198.51.100.77:9");
  EXPECT_EQ(watch.level("t-0", Threat::stolen_credentials), Level::none);
  watch.refuse("t-0", "connect", "", "identity-revoked", 1, "203.0.113.1:9");
  EXPECT_EQ(watch.level("t-0", Threat::stolen_credentials), Level::ticket);
}

TEST_F(Identity, NoticesAnIdentityThatHasASuccessor) {
  watch.say(testing::fact("t-0", 0, facts::IdentitySuspected{"t-0", "1", "superseded-used", "", "203.0.113.1:1"}));
  EXPECT_EQ(watch.level("t-0", Threat::cloned_identity), Level::ticket);
}

TEST_F(Identity, PagesWhenAStolenDeviceIsHeardOf) {
  watch.open("t-0", "198.51.100.1");
  watch.say(testing::fact("t-0", 0,
                          facts::DeviceStateChanged{DeviceId("t-0"), {}, {}, facts::Lifecycle::stolen, "", "", {}}));
  EXPECT_EQ(watch.pages(), 0U);
  watch.refuse("t-0", "connect", "", "device-stolen");
  EXPECT_EQ(watch.level("t-0", Threat::stolen_credentials), Level::page);
}

TEST_F(Identity, TicketsAForgedCertificateAndDoesNotPageForWhatAnybodyCanDo) {
  for (int i = 0; i < 50; ++i) watch.refuse("t-0", "connect", "", "certificate-untrusted", 100);
  EXPECT_EQ(watch.level("t-0", Threat::impersonation), Level::ticket);
  EXPECT_EQ(watch.pages(), 0U);
}

TEST_F(Identity, LetsAFleetComeBackAfterAServersRestart) {
  days(5);
  for (int storm = 0; storm < 3; ++storm) {
    watch.now += 10;
    std::vector<std::string> sessions;
    for (int device = 0; device < 20; ++device) sessions.push_back(watch.open(name(device), "198.51.100.9"));
    for (int device = 0; device < 20; ++device)
      watch.close(name(device), sessions[static_cast<std::size_t>(device)], "server-restarted");
  }
  EXPECT_EQ(watch.pages(), 0U);
  for (int device = 0; device < 20; ++device)
    EXPECT_EQ(watch.level(name(device), Threat::cloned_identity), Level::none);
}

}  // namespace
}  // namespace outrider::detect
