#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <sstream>

#include "base/file.h"
#include "cli/output/escape.h"
#include "cli/quickstart/enlist.h"
#include "cli/quickstart/picture.h"
#include "cli/quickstart/place.h"
#include "cli/quickstart/show.h"
#include "server/config/config.h"
#include "server/start/data_directory.h"

namespace outrider::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view checkpoint =
    "outrider.local/demo\n1482\nqINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=\n\n\u2014 outrider.local/demo c2ln\n";

json::Object status(std::uint64_t acknowledged) {
  return {{"devices_online", 49},
          {"devices_total", 50},
          {"reports_acknowledged", acknowledged},
          {"entries_durable", 1500},
          {"healthy", true},
          {"fleets", json::Array{json::Object{{"fleet", "demo"}, {"checkpoint", checkpoint}}}},
          {"refusals",
           json::Array{json::Object{
               {"device", "t-1"}, {"action", "publish"}, {"rule", "own-topics-only"}, {"detail", "\x1b[2Jd/t-2"}}}}};
}

TEST(Checkpoint, SizeAndRootAreRead) {
  const auto head = tree_head(checkpoint);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->size, 1482U);
  EXPECT_EQ(head->root_hash, "qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=");
  EXPECT_FALSE(tree_head(""));
  EXPECT_FALSE(tree_head("origin\n12x\nroot\n"));
}

TEST(Snapshot, TheRateIsWhatCameSinceTheOneBefore) {
  const auto start = std::chrono::steady_clock::time_point{};
  const auto first = snapshot_of(status(100), "demo", start, std::nullopt);
  EXPECT_EQ(first.reports_per_second, 0);
  const auto second = snapshot_of(status(150), "demo", start + std::chrono::seconds(2), first);
  EXPECT_DOUBLE_EQ(second.reports_per_second, 25);
  EXPECT_EQ(second.tree_size, 1482U);
  const auto restarted = snapshot_of(status(3), "demo", start + std::chrono::seconds(4), second);
  EXPECT_EQ(restarted.reports_per_second, 0) << "a server that began to count anew";
}

TEST(Picture, ShowsWhatMattersAndFitsTheTerminal) {
  std::ostringstream out;
  const Output output(out, out, {});
  const auto now = snapshot_of(status(100), "demo", {}, std::nullopt);
  const Frame frame{
      .title = "Outrider quickstart", .doing = "running", .hints = {"outrider device list --data ./data"}};
  std::string all;
  for (const auto& line : picture(frame, now, from_micros(0), output, 0, 0)) all += line + "\n";
  EXPECT_THAT(all, HasSubstr("49 of 50"));
  EXPECT_THAT(all, HasSubstr("1,482 entries, root qINS1GRF"));
  EXPECT_THAT(all, HasSubstr("own-topics-only"));
  EXPECT_THAT(all, Not(HasSubstr("\x1b"))) << "a device's text must not reach the terminal as it is";
  EXPECT_THAT(all, HasSubstr("outrider device list --data ./data"));

  const auto small = picture(frame, now, from_micros(0), output, 40, 10);
  EXPECT_EQ(small.size(), 10U);
  for (const auto& line : small) EXPECT_LE(width(line), 40U) << line;
}

TEST(Screen, HidesTheCursorAndGivesItBack) {
  std::ostringstream out;
  {
    Screen screen(out);
    screen.draw({"a", "b"});
    screen.draw({"c"});
  }
  EXPECT_TRUE(out.str().starts_with("\x1b[?25l"));
  EXPECT_TRUE(out.str().ends_with("\x1b[?25h"));
  EXPECT_THAT(out.str(), HasSubstr("\x1b[2A"));
}

TEST(PlannedDevices, TakeTheProfilesInTurnAndAlwaysTheSameNames) {
  const auto five = planned_devices(5, {"tracker", "drone"});
  EXPECT_THAT(five, ElementsAre(PlannedDevice{"tracker-0001", "tracker"}, PlannedDevice{"drone-0001", "drone"},
                                PlannedDevice{"tracker-0002", "tracker"}, PlannedDevice{"drone-0002", "drone"},
                                PlannedDevice{"tracker-0003", "tracker"}));
  const auto three = planned_devices(3, {"tracker", "drone"});
  EXPECT_TRUE(std::equal(three.begin(), three.end(), five.begin())) << "a larger fleet holds the smaller one";
}

TEST(SimulatorSummary, IsTheLastLine) {
  ShowSummary summary;
  take_simulator_summary("enrolling\n{\"reports_sent\":7,\"reports_acknowledged\":6,\"refused\":1}\n", summary);
  EXPECT_EQ(summary.reports_sent, 7U);
  EXPECT_EQ(summary.reports_acknowledged, 6U);
  EXPECT_EQ(summary.refused, 1U);
  take_simulator_summary("not json", summary);
  EXPECT_EQ(summary.reports_sent, 7U);
}

TEST(QuickstartConfig, IsValidAndListensOnThisMachineOnly) {
  const auto loaded = server::parse_config(quickstart_config("/data/with \"quotes\""), "outrider.toml");
  EXPECT_TRUE(loaded.ok()) << loaded.text();
  EXPECT_EQ(loaded.config.data_directory, "/data/with \"quotes\"");
  EXPECT_EQ(loaded.config.mqtt_listen, "127.0.0.1");
  EXPECT_EQ(loaded.config.https_listen, "127.0.0.1");
  EXPECT_EQ(loaded.config.metrics_listen, "127.0.0.1");
}

TEST(Place, IsMadePrivateAndAnExistingConfigurationIsKept) {
  const auto folder = std::filesystem::temp_directory_path() / ("outrider-place-" + std::to_string(::getpid()));
  const auto first = prepare_place(folder / "data/", [] { return true; });
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(first->data, folder / "data");
  EXPECT_EQ(std::filesystem::status(first->data).permissions(), std::filesystem::perms::owner_all);
  ASSERT_TRUE(write_file_atomic(first->config, std::string_view("# mine\n")));
  ASSERT_TRUE(prepare_place(folder / "data", [] { return true; }));
  EXPECT_EQ(read_text_file(first->config, 100).value(), "# mine\n");
  std::filesystem::remove_all(folder);
}

TEST(Place, AServerThatIsStillEndingIsWaitedForAndOneThatRunsIsNamed) {
  const auto folder = std::filesystem::temp_directory_path() / ("outrider-used-" + std::to_string(::getpid()));
  auto first = server::DataDirectory::open(folder);
  ASSERT_TRUE(first) << first.error().text();
  std::optional<server::DataDirectory> used(*std::move(first));
  const auto interrupted = prepare_place(folder, [] { return false; });
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().reason, "interrupted");

  const server::Addresses at{
      .mqtt = "127.0.0.1:1", .https = "127.0.0.1:2", .metrics = "127.0.0.1:3", .socket = "s", .pid = ::getpid()};
  ASSERT_TRUE(write_file_atomic(used->paths().addresses(), json::write(at)));
  const auto running = prepare_place(folder, [] { return true; });
  ASSERT_FALSE(running);
  EXPECT_EQ(running.error().reason, "already-running");

  std::filesystem::remove(used->paths().addresses());
  const auto waited = prepare_place(folder, [&] {
    used.reset();
    return true;
  });
  EXPECT_TRUE(waited) << waited.error().text();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace outrider::cli
