#include "server/detection/contract.h"

#include <gtest/gtest.h>

#include "detect/input/readings/firmware.h"

namespace outrider::server {
namespace {

detect::Contract builtin(std::string_view file) {
  for (const auto& profile : fleet::builtin_profiles())
    if (profile.file == file) return *read_contract(profile.toml);
  ADD_FAILURE() << file;
  return {};
}

TEST(Contract, OfAReeferHoldsItsAirToPhysics) {
  const auto reefer = builtin("container-reefer.toml");
  EXPECT_EQ(reefer.profile, "container-reefer");
  EXPECT_TRUE(reefer.thermal);
  EXPECT_EQ(reefer.transport, detect::Transport::road);
  EXPECT_EQ(reefer.speed_max, 45);
  EXPECT_EQ(reefer.interval_s, 300);
  EXPECT_EQ(reefer.channels[0], "temperature");
  EXPECT_EQ(reefer.temperature.rate_max, 5);
  EXPECT_EQ(reefer.channel_limits[0].rate_max, 5);
  EXPECT_TRUE(detect::has(reefer.temperature.min) && detect::has(reefer.battery_v.max));
  EXPECT_GT(reefer.messages_per_minute_max, 0);
}

TEST(Contract, OfAProfileThatSaysNothingFollowsItsClass) {
  auto profile = *fleet::Profile::parse(fleet::builtin_profiles().front().toml, "x");
  profile.detection = {};
  profile.networks = {facts::NetworkKind::vpn};
  profile.device_class = fleet::DeviceClass::drone;
  const auto drone = contract_of(profile);
  EXPECT_EQ(drone.transport, detect::Transport::air);
  EXPECT_FALSE(detect::has(drone.speed_max));
  EXPECT_EQ(drone.networks, 1U << static_cast<unsigned>(facts::NetworkKind::vpn));
  EXPECT_TRUE(drone.channels[0].empty());
  profile.device_class = fleet::DeviceClass::sensor;
  EXPECT_EQ(contract_of(profile).transport, detect::Transport::fixed);
}

TEST(Contract, NamesTheFirmwareThatIsReleased) {
  auto toml = std::string(fleet::builtin_profiles().front().toml);
  const auto read = read_contract(toml + R"([detect.firmware]
versions = ["2.0", "2.1"]
current = "2.1"
since = 2026-11-01T00:00:00Z
)");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->firmware.versions,
            (std::vector<std::uint64_t>{detect::pack_firmware("2.0.0"), detect::pack_firmware("2.1.0")}));
  EXPECT_EQ(read->firmware.current, detect::pack_firmware("2.1.0"));
  EXPECT_EQ(read->firmware.since_s, 1793491200.0);
  EXPECT_FALSE(detect::has(read->firmware.by_s));
  EXPECT_TRUE(read_contract(toml)->firmware.versions.empty());
}

TEST(Contract, IsPersonalWhenAnythingThatTheDeviceSaysIs) {
  EXPECT_TRUE(builtin("fleet-tracker.toml").personal);
  auto profile = *fleet::Profile::parse(fleet::builtin_profiles().front().toml, "x");
  for (auto* rules : {&profile.readings, &profile.events})
    for (auto& rule : *rules) rule.personal = false;
  for (auto& topic : profile.publish) topic.personal = false;
  EXPECT_FALSE(contract_of(profile).personal);
  profile.publish.front().personal = true;
  EXPECT_TRUE(contract_of(profile).personal);
}

TEST(Contract, OfWhatIsNoProfileIsNothing) {
  EXPECT_FALSE(read_contract("id = "));
}

}  // namespace
}  // namespace outrider::server
