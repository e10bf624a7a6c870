#include "gateway/admission/sources.h"

#include <gtest/gtest.h>

namespace outrider::gateway::admission {
namespace {

using namespace std::chrono_literals;

class SourcesTest : public ::testing::Test {
 protected:
  Source from(const char* address) const { return source_of(boost::asio::ip::make_address(address), networks); }
  // Comes in and stays; "" or the reason why not.
  std::string come(Sources& sources, const char* address) {
    auto entered = sources.enter(from(address), now);
    if (!entered) return entered.error().reason;
    stays.push_back(*std::move(entered));
    return "";
  }

  Networks networks = Networks::make({{.name = "apn",
                                       .kind = facts::NetworkKind::private_apn,
                                       .ranges = {net::Cidr::parse("10.0.0.0/8").value()}}})
                          .value();
  Limits limits;
  Sources::Time now = Sources::Time{} + 1h;
  std::vector<Sources::Stay> stays;  // after what they are of
};

TEST_F(SourcesTest, ASourceIsTheConfiguredNetworkElseItsNeighbourhood) {
  EXPECT_EQ(from("10.1.2.3").network, from("10.200.0.1").network);
  EXPECT_NE(from("10.1.2.3").neighbours, from("10.200.0.1").neighbours);
  EXPECT_EQ(from("192.0.2.1").network, from("192.0.2.250").network);
  EXPECT_NE(from("192.0.2.1").network, from("192.0.3.1").network);
  EXPECT_EQ(from("::ffff:192.0.2.1").address, from("192.0.2.1").address);
  EXPECT_EQ(from("2001:db8:1:2::1").address, from("2001:db8:1:2:ffff::9").address);
  EXPECT_NE(from("2001:db8:1:2::1").address, from("2001:db8:1:3::1").address);
  EXPECT_EQ(from("2001:db8:1:2::1").network, from("2001:db8:1:3::1").network);
  EXPECT_NE(from("2001:db8:1::1").network, from("2001:db8:2::1").network);
}

TEST_F(SourcesTest, ConnectionsAreLimitedInTotalByAddressAndByNetwork) {
  limits.connections_max = 5;
  limits.connections_per_address_max = 2;
  limits.connections_per_network_max = 3;
  Sources sources(limits);
  EXPECT_EQ(come(sources, "192.0.2.1"), "");
  EXPECT_EQ(come(sources, "192.0.2.1"), "");
  EXPECT_EQ(come(sources, "192.0.2.1"), "too-many-connections-of-address");
  EXPECT_EQ(come(sources, "192.0.2.2"), "");
  EXPECT_EQ(come(sources, "192.0.2.3"), "too-many-connections-of-network");
  EXPECT_EQ(come(sources, "10.0.0.1"), "");
  EXPECT_EQ(come(sources, "10.9.0.1"), "");
  EXPECT_EQ(come(sources, "203.0.113.1"), "too-many-connections");
  EXPECT_EQ(sources.connections(), 5U);
  stays.clear();
}

TEST_F(SourcesTest, WhoLeavesMakesRoom) {
  limits.connections_max = limits.connections_per_address_max = limits.connections_per_network_max = 1;
  Sources sources(limits);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(come(sources, "192.0.2.1"), "");
    EXPECT_NE(come(sources, "192.0.2.1"), "");
    stays.clear();
  }
  EXPECT_EQ(sources.connections(), 0U);
}

TEST_F(SourcesTest, ANetworkThatConnectsTooFastIsHeldBackAndOthersAreNot) {
  limits.connections_per_network_per_second = 2;
  limits.burst = 5s;
  Sources sources(limits);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(come(sources, "192.0.2.1"), "") << i;
  EXPECT_EQ(come(sources, "192.0.2.1"), "connection-rate-of-network");
  EXPECT_EQ(come(sources, "192.0.3.1"), "");
  now += 1s;
  EXPECT_EQ(come(sources, "192.0.2.7"), "");
  EXPECT_EQ(come(sources, "192.0.2.7"), "");
  EXPECT_EQ(come(sources, "192.0.2.7"), "connection-rate-of-network");
  stays.clear();
}

TEST_F(SourcesTest, HandshakesHaveARateOfTheirOwn) {
  limits.handshakes_per_network_per_second = 1;
  limits.burst = 2s;
  Sources sources(limits);
  EXPECT_TRUE(sources.begin_handshake(from("10.0.0.1"), now));
  EXPECT_TRUE(sources.begin_handshake(from("10.7.0.1"), now));
  EXPECT_EQ(sources.begin_handshake(from("10.8.0.1"), now).error().reason, "handshake-rate-of-network");
  EXPECT_TRUE(sources.begin_handshake(from("192.0.2.1"), now));
  EXPECT_TRUE(sources.begin_handshake(from("10.0.0.1"), now + 1s));
}

TEST_F(SourcesTest, NetworksThatHaveGoneDoNotFillTheMemory) {
  Sources sources(limits);
  const auto stay = sources.enter(from("203.0.113.1"), now).value();
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    const auto address = boost::asio::ip::make_address_v4(0x20000000U + (i << 8U));
    ASSERT_TRUE(sources.enter(source_of(address, networks), now));
  }
  EXPECT_EQ(sources.connections(), 1U);
}

}  // namespace
}  // namespace outrider::gateway::admission
