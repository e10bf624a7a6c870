#include <gtest/gtest.h>

#include "detect/checks/radio/testing/radio_fleet.h"

namespace outrider::detect {
namespace {

using testing::nats_of;
using testing::RadioFleet;

constexpr float ticket = 7;

// Stands beside the road in the fleet's well-known square.
Reading catcher() {
  auto reading = RadioFleet::at(50.02, 8.01, 666);
  reading.rat = Radio::gsm;
  reading.tac = 999;
  reading.cipher = Cipher::none;
  reading.identity_request = Truth::yes;
  reading.neighbours = 0;
  reading.rssi = -45;
  return reading;
}

TEST(RogueCell, ACatcherThatAsksForIdentitiesWithoutCipherIsProof) {
  RadioFleet fleet;
  fleet.drive();
  const auto found = fleet.report(1, catcher());
  EXPECT_GT(nats_of(found, CheckId::cipher_null), 5);
  EXPECT_GT(nats_of(found, CheckId::cell_unknown), 5);
  EXPECT_GT(nats_of(found, CheckId::legacy_radio), 3);
  EXPECT_GT(nats_of(found, CheckId::rogue_cell), 14);
}

TEST(RogueCell, EvidenceOfOneDeviceIsEvidenceForAllOnThatCell) {
  RadioFleet fleet;
  fleet.drive();
  fleet.report(1, catcher());
  fleet.report(2, catcher());
  auto plain = catcher();  // a third one reports nothing but its cell
  plain.cipher = Cipher::unknown;
  plain.identity_request = plain.reject = Truth::unknown;
  plain.neighbours = absent;
  plain.rssi = absent;
  const auto found = fleet.report(3, plain);
  ASSERT_GT(nats_of(found, CheckId::rogue_cell), 14);
  for (const auto& each : found)
    if (each.check == CheckId::rogue_cell) {
      EXPECT_EQ(each.entries_used, 3U) << "its own report and those of the two others";
      EXPECT_EQ(each.limit, 3) << "devices";
    }
}

TEST(RogueCell, EvidenceAgainstACellIsForgotten) {
  RadioFleet fleet;
  fleet.drive();
  fleet.report(1, catcher());
  fleet.now_s += 3 * 86400;
  auto plain = RadioFleet::at(50.02, 8.01, 666);
  plain.tac = 999;
  const auto found = fleet.report(3, plain);
  EXPECT_EQ(nats_of(found, CheckId::rogue_cell), 0);
}

TEST(RogueCell, ATwinOnAnotherChannelThatDoesNotCipherIsProof) {
  RadioFleet fleet;
  fleet.drive();
  auto twin = RadioFleet::at(50.02, 8.01, 103);
  twin.channel = 6200;
  twin.cipher = Cipher::none;
  twin.identity_request = Truth::yes;
  twin.neighbours = 0;
  fleet.report(1, twin);
  twin.identity_request = Truth::yes;
  EXPECT_GT(nats_of(fleet.report(2, twin), CheckId::rogue_cell), 14);
}

TEST(RogueCell, ANewSiteThatIsBeingBuiltIsNoTicket) {
  RadioFleet fleet;
  fleet.drive();
  for (std::uint32_t device = 1; device <= 10; ++device) {
    auto site = RadioFleet::at(50.02, 8.01, 200);
    site.tac = 8;
    site.neighbours = 0;
    site.rsrp = -60;
    EXPECT_LT(nats_of(fleet.report(device, site), Threat::rogue_base_station), ticket);
  }
}

TEST(RogueCell, RoamingAcrossABorderIsNoTicket) {
  RadioFleet fleet;
  fleet.drive();
  for (int i = 0; i < 40; ++i) {  // another country: other network, other cells, 2G, no neighbours named
    auto abroad = RadioFleet::at(51 + 0.01 * i, 6.01, static_cast<std::uint64_t>(900 + i));
    abroad.mcc = 206;
    abroad.tac = 70;
    abroad.rat = Radio::gsm;
    abroad.cipher = Cipher::weak;
    abroad.neighbours = absent;
    const auto found = fleet.report(1, abroad);
    EXPECT_LT(nats_of(found, Threat::rogue_base_station), ticket);
    EXPECT_LT(nats_of(found, Threat::false_position), ticket);
  }
}

TEST(RogueCell, MaintenanceThatMovesCellsToOtherChannelsIsNeverProofAndSoonUsual) {
  RadioFleet fleet;
  fleet.drive();
  float last = 0;
  for (int i = 0; i < 400; ++i) {
    auto moved = RadioFleet::at(50.02, 8.01, static_cast<std::uint64_t>(100 + i % 6));
    moved.channel = 1300 + (i / 6 + 1) * 100;
    const auto found = fleet.report(static_cast<std::uint32_t>(i % 10 + 1), moved);
    EXPECT_EQ(nats_of(found, CheckId::rogue_cell), 0);
    last = nats_of(found, CheckId::cell_channel);
  }
  EXPECT_LT(last, ticket);
}

TEST(RogueCell, AFewIdentityRequestsAmongThousandsOfConnectionsAreUsual) {
  RadioFleet fleet;
  fleet.drive();
  float most = 0;
  for (int i = 0; i < 5000; ++i) {
    auto reading = RadioFleet::at(50.02, 8.01, static_cast<std::uint64_t>(100 + i % 6));
    reading.identity_request = i % 53 == 0 ? Truth::yes : Truth::no;
    most = std::max(most,
                    nats_of(fleet.report(static_cast<std::uint32_t>(i % 10 + 1), reading), Threat::rogue_base_station));
  }
  EXPECT_LT(most, ticket);
}

TEST(RogueCell, ADeviceThatHasOnlyOldRadioIsNoSurprise) {
  RadioFleet fleet;
  fleet.drive();
  for (int i = 0; i < 300; ++i) {
    auto old = RadioFleet::at(50.01 + 0.002 * (i % 10), 8.01, static_cast<std::uint64_t>(500 + i % 4));
    old.rat = Radio::gsm;
    old.cipher = Cipher::weak;
    const auto found = fleet.report(77, old);
    EXPECT_LT(nats_of(found, CheckId::legacy_radio), ticket);
  }
}

TEST(RogueCell, ANetworkThatNeverCiphersIsLearnt) {
  RadioFleet fleet;
  for (int i = 0; i < 6000; ++i) {
    auto reading = RadioFleet::at(50.01, 8.01, static_cast<std::uint64_t>(100 + i / 10 % 6));
    reading.cipher = Cipher::none;
    const auto nats =
        nats_of(fleet.report(static_cast<std::uint32_t>(i % 10 + 1), reading), Threat::rogue_base_station);
    EXPECT_LT(nats, ticket) << i;
    if (i > 5000) {
      EXPECT_LT(nats, 3);
    }
  }
}

TEST(RadioMemory, ASnapshotGivesTheSameMemoryAndDamageIsRefused) {
  RadioFleet fleet;
  fleet.drive(500);
  fleet.report(1, catcher());
  auto sim = RadioFleet::at(50.02, 8.01, 103);
  sim.iccid = 5;
  fleet.report(1, sim);
  ByteWriter first, second;
  fleet.memory.radio.save(first);
  RadioMemory other;
  ByteReader in(first.bytes());
  ASSERT_TRUE(other.load(in));
  EXPECT_TRUE(in.empty());
  other.save(second);
  EXPECT_EQ(first.bytes(), second.bytes());
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, first.size() / 2, first.size() - 1}) {
    ByteReader cut(ByteView(first.bytes()).first(size));
    EXPECT_FALSE(other.load(cut)) << size;
  }
}

}  // namespace
}  // namespace outrider::detect
