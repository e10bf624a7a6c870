#include "net/accept/cidr.h"

#include <gtest/gtest.h>

namespace outrider::net {
namespace {

boost::asio::ip::address address(const char* text) {
  return boost::asio::ip::make_address(text);
}
bool within(const char* range, const char* one) {
  return Cidr::parse(range).value().contains(address(one));
}
std::string refused(const char* text) {
  const auto parsed = Cidr::parse(text);
  return parsed ? "" : parsed.error().detail;
}

TEST(Cidr, HoldsTheAddressesOfItsPrefix) {
  EXPECT_TRUE(within("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(within("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(within("192.0.2.128/25", "192.0.2.200"));
  EXPECT_FALSE(within("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(within("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(within("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(within("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(within("192.0.2.7", "192.0.2.8"));
  EXPECT_TRUE(within("0.0.0.0/0", "203.0.113.9"));
}

TEST(Cidr, TheFamiliesDoNotMeetButAMappedAddressIsIpv4) {
  EXPECT_FALSE(within("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(within("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_EQ(unmapped(address("::ffff:10.1.2.3")).to_string(), "10.1.2.3");
  EXPECT_EQ(unmapped(address("2001:db8::1")).to_string(), "2001:db8::1");
}

TEST(Cidr, ReadsBackFromItsText) {
  for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.7/32", "2001:db8::/32", "::/0"})
    EXPECT_EQ(Cidr::parse(text).value().text(), text);
}

TEST(Cidr, WhatIsNoRangeIsRefusedWithWhatWasMeant) {
  EXPECT_EQ(refused("10.1.0.0/8"), "'10.1.0.0/8' has bits beyond its length; write 10.0.0.0/8");
  EXPECT_NE(refused("10.0.0.0/33").find("0 to 32"), std::string::npos);
  EXPECT_NE(refused("2001:db8::/129").find("0 to 128"), std::string::npos);
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0/8", "fe80::1%1/64", "a.example"})
    EXPECT_NE(refused(text), "") << text;
}

}  // namespace
}  // namespace outrider::net
