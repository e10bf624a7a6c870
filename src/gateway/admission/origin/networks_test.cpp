#include "gateway/admission/origin/networks.h"

#include <gtest/gtest.h>

namespace outrider::gateway::admission {
namespace {

using facts::NetworkKind;

Network network(const char* name, NetworkKind kind, std::initializer_list<const char*> ranges) {
  Network out{.name = name, .kind = kind, .ranges = {}};
  for (const char* range : ranges) out.ranges.push_back(net::Cidr::parse(range).value());
  return out;
}
std::string name_of(const Networks& networks, const char* address) {
  const Network* const found = networks.find(boost::asio::ip::make_address(address));
  return found == nullptr ? "" : found->name;
}

TEST(Networks, TheLongestPrefixWins) {
  const auto networks = Networks::make({network("corporate", NetworkKind::vpn, {"10.0.0.0/8", "2001:db8::/32"}),
                                        network("fleet", NetworkKind::private_apn, {"10.20.0.0/16"}),
                                        network("lab", NetworkKind::open, {"10.20.30.0/24", "2001:db8:1::/48"})})
                            .value();
  EXPECT_EQ(name_of(networks, "10.1.2.3"), "corporate");
  EXPECT_EQ(name_of(networks, "10.20.1.1"), "fleet");
  EXPECT_EQ(name_of(networks, "10.20.30.40"), "lab");
  EXPECT_EQ(name_of(networks, "::ffff:10.20.30.40"), "lab");
  EXPECT_EQ(name_of(networks, "2001:db8:1::7"), "lab");
  EXPECT_EQ(name_of(networks, "2001:db8:2::7"), "corporate");
  EXPECT_EQ(name_of(networks, "192.0.2.1"), "");
}

TEST(Networks, ACatchAllTakesWhatNoOtherDoes) {
  const auto networks = Networks::make({network("world", NetworkKind::carrier, {"0.0.0.0/0"}),
                                        network("home", NetworkKind::vpn, {"192.0.2.0/24"})})
                            .value();
  EXPECT_EQ(name_of(networks, "203.0.113.1"), "world");
  EXPECT_EQ(name_of(networks, "192.0.2.1"), "home");
  EXPECT_EQ(name_of(networks, "2001:db8::1"), "");
}

TEST(Networks, ARangeOrANameThatStandsTwiceIsRefused) {
  const auto range =
      Networks::make({network("a", NetworkKind::vpn, {"10.0.0.0/8"}), network("b", NetworkKind::vpn, {"10.0.0.0/8"})});
  EXPECT_EQ(range.error().reason, "duplicate-range");
  EXPECT_EQ(range.error().detail, "10.0.0.0/8 is in 'a' and in 'b'");
  const auto name =
      Networks::make({network("a", NetworkKind::vpn, {"10.0.0.0/8"}), network("a", NetworkKind::vpn, {"11.0.0.0/8"})});
  EXPECT_EQ(name.error().reason, "duplicate-name");
}

TEST(NetworkKinds, AreReadFromTheirWords) {
  for (const auto word : facts::network_kind_words) EXPECT_EQ(word_of(*facts::network_kind_from(word)), word);
  EXPECT_FALSE(facts::network_kind_from("private_apn"));
}

}  // namespace
}  // namespace outrider::gateway::admission
