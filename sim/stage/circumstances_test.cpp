#include "sim/stage/circumstances.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "base/json.h"
#include "sim/model/world/geo.h"

namespace outrider::sim {
namespace {

Report driving() {
  Report out;
  out.number("lat", "lat", 52, 6);
  out.number("lon", "lon", 10, 6);
  out.number("cn0", "dB", 43, 1);
  out.count("satellites", 11);
  out.number("speed", "m/s", 20, 1);
  out.number("heading", "deg", 90, 1);
  out.text("rat", "lte");
  out.text("cipher", "eea2");
  out.count("cell", 70'000);
  out.count("pci", 12);
  out.text("firmware", "3.2.1");
  out.count("boot_count", 4);
  return out;
}

template <class T>
T value(const Report& report, std::string_view name) {
  for (const Reading& one : report.readings())
    if (one.name == name) return std::get<T>(one.value);
  ADD_FAILURE() << name << " is not there";
  return {};
}
bool has(const Report& report, std::string_view name) {
  return std::ranges::find(report.readings(), name, &Reading::name) != report.readings().end();
}
std::string text(const Report& report, std::string_view name) {
  return std::string(value<std::string_view>(report, name));
}

TEST(Circumstances, AJammerDrownsTheSignalsAndThenTheFix) {
  Circumstances here("d-1", 7);
  Report usual = driving(), weak = driving(), strong = driving();
  here.alter(usual, 0);
  here.obey({Deed::jam, {}, 10}, 1);
  here.alter(weak, 2);
  here.obey({Deed::jam, {}, 25}, 3);
  here.alter(strong, 4);
  EXPECT_GT(value<double>(weak, "noise"), 2 * value<double>(usual, "noise"));
  EXPECT_LT(value<double>(weak, "agc"), value<double>(usual, "agc") - 5);
  EXPECT_EQ(value<double>(weak, "cn0"), 33);
  EXPECT_TRUE(has(weak, "lat"));
  EXPECT_FALSE(has(strong, "lat"));
  EXPECT_FALSE(has(strong, "speed"));
}

TEST(Circumstances, ASpooferLeadsAwayAtItsPaceAndAllFiguresFollow) {
  Circumstances here("d-1", 7);
  here.obey({Deed::drag, {}, 10}, 100);
  Report report = driving();
  here.alter(report, 160);
  EXPECT_NEAR(distance_m({52, 10}, {value<double>(report, "lat"), value<double>(report, "lon")}), 600, 5);
  EXPECT_NEAR(value<double>(report, "speed"), 20, 10.1);
  EXPECT_LT(value<double>(report, "cn0_spread"), 1) << "all satellites out of one antenna";
  here.obey({Deed::calm, {}, 0}, 170);
  Report after = driving();
  here.alter(after, 180);
  EXPECT_EQ(value<double>(after, "lat"), 52);
}

TEST(Circumstances, ATwinKeepsTheCellsNumberAndAGsmCellHasItsOwn) {
  Circumstances here("d-1", 7);
  Report usual = driving(), twin = driving(), gsm = driving();
  here.alter(usual, 0);
  here.obey({Deed::twin_cell, {}, 0}, 1);
  here.alter(twin, 2);
  here.obey({Deed::downgrade, {}, 0}, 3);
  here.alter(gsm, 4);
  EXPECT_EQ(value<double>(twin, "cell"), value<double>(usual, "cell"));
  EXPECT_NE(value<double>(twin, "channel"), value<double>(usual, "channel"));
  EXPECT_EQ(text(twin, "cipher"), "eea0");
  EXPECT_EQ(text(gsm, "rat"), "gsm");
  EXPECT_NE(value<double>(gsm, "cell"), value<double>(usual, "cell"));
  EXPECT_FALSE(has(gsm, "pci")) << "GSM has none";
}

TEST(Circumstances, AnUpdateStays) {
  Circumstances here("d-1", 7);
  here.obey({Deed::update, {}, 0}, 0);
  here.obey({Deed::calm, {}, 0}, 1);
  Report report = driving();
  here.alter(report, 2);
  EXPECT_EQ(text(report, "firmware"), "3.3.0");
  EXPECT_EQ(value<double>(report, "boot_count"), 5);
}

TEST(Circumstances, AnOpenedBoxIsToldAtOnceAndOnce) {
  Circumstances here("d-1", 7);
  EXPECT_FALSE(here.event());
  here.obey({Deed::open_box, {}, 0}, 0);
  const auto event = here.event();
  ASSERT_TRUE(event);
  EXPECT_TRUE(value<bool>(*event, "enclosure"));
  EXPECT_FALSE(here.event());
}

TEST(Circumstances, SimsDifferByDeviceAndNotByRun) {
  EXPECT_EQ(sim_card_of("a").iccid, sim_card_of("a").iccid);
  EXPECT_NE(sim_card_of("a").iccid, sim_card_of("b").iccid);
  EXPECT_NE(sim_card_of("a").iccid, sim_card_of("a").imsi);
}

class Orders : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe(pipe_.data()), 0); }
  void TearDown() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  void say(std::string_view text) {
    ASSERT_EQ(::write(pipe_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::array<int, 2> pipe_{};
};

TEST_F(Orders, ArriveWholeHoweverTheyAreCut) {
  OrderInbox inbox(pipe_[0]);
  EXPECT_TRUE(inbox.look()->empty());
  const std::string line = json::write(Order{Deed::jam, {"a", "b"}, 12.5}) + "\n";
  say(line.substr(0, 9));
  EXPECT_TRUE(inbox.look()->empty());
  say(line.substr(9) + line);
  const auto orders = inbox.look();
  ASSERT_TRUE(orders);
  ASSERT_EQ(orders->size(), 2U);
  EXPECT_EQ(orders->back().what, Deed::jam);
  EXPECT_EQ(orders->back().devices, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(orders->back().amount, 12.5);
}

TEST_F(Orders, WhatIsNoneIsRefused) {
  OrderInbox inbox(pipe_[0]);
  say("{\"what\":\"explode\",\"devices\":[],\"amount\":0}\n");
  EXPECT_FALSE(inbox.look());
}

}  // namespace
}  // namespace outrider::sim
