#include "base/ids.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_set>

#include "base/suggest.h"

namespace outrider {
namespace {

static_assert(!std::is_convertible_v<DeviceId, FleetId>);

TEST(Id, TakesWhatIsSafeInTopicsUrlsFilesAndCertificates) {
  for (const auto* good : {"t", "t-1", "T_1.x", "0", "a.b-c_d9", "mee"}) EXPECT_TRUE(DeviceId::parse(good)) << good;
  EXPECT_TRUE(DeviceId::parse(std::string(id_bytes_max, 'a')));
}

TEST(Id, RefusesEverythingElseAndSaysWhere) {
  for (const auto* bad : {"", ".", "..", "-a", "a-", "_a", "a/b", "a+b", "#", "a b", "a\n", "é", "me"}) {
    EXPECT_FALSE(DeviceId::parse(bad)) << bad;
  }
  EXPECT_FALSE(DeviceId::parse(std::string(id_bytes_max + 1, 'a')));
  EXPECT_FALSE(DeviceId::parse(std::string_view("a\0b", 3)));
  EXPECT_EQ(
      FleetId::parse("ab/c").error().detail,
      "fleet id has a character at position 3 that is not allowed; use letters, digits, and '.', '_', '-' inside");
  EXPECT_EQ(DeviceId::parse("").error().detail, "device id is empty");
}

TEST(Id, CanBeAKey) {
  EXPECT_LT(DeviceId("a"), DeviceId("b"));
  const std::unordered_set<DeviceId> set{DeviceId("a"), DeviceId("a"), DeviceId("b")};
  EXPECT_EQ(set.size(), 2U);
}

constexpr std::string_view words[] = {"temperature", "humidity", "battery", "battery_v"};

TEST(Suggestion, FindsTheNearestWordAndOnlyWhenItIsNear) {
  EXPECT_EQ(nearest("temprature", words), "temperature");
  EXPECT_EQ(nearest("batery", words), "battery");
  EXPECT_EQ(nearest("battery_v", words), "battery_v");
  EXPECT_EQ(nearest("speed", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(1000, 'x'), words), "");
  EXPECT_EQ(did_you_mean("humidty", words), " (did you mean 'humidity'?)");
  EXPECT_EQ(did_you_mean("x", words), "");
}

}  // namespace
}  // namespace outrider
