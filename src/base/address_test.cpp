#include "base/address.h"

#include <gtest/gtest.h>

namespace outrider {
namespace {

TEST(AddressKey, ComparesWithoutPortAndIpv6ByItsNetwork) {
  EXPECT_EQ(address_key("192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(address_key("[2001:db8:1:2:3:4:5:6]:4711"), address_key("[2001:db8:1:2::1]:80"));
  EXPECT_EQ(address_key("2001:db8:1:2::1"), address_key("[2001:db8:1:2::1]:80"));
  EXPECT_NE(address_key("[2001:db8:1:3::1]:80"), address_key("[2001:db8:1:2::1]:80"));
}

TEST(AddressKey, TakesAnyOtherTextAsItIsAndBoundsIt) {
  EXPECT_EQ(address_key("local"), "local");
  EXPECT_EQ(address_key("["), "");
  EXPECT_EQ(address_key(""), "");
  EXPECT_EQ(address_key(std::string(100, 'x')).size(), 64U);
}

}  // namespace
}  // namespace outrider
