// The parts of a run that need no server. The whole is tested against a real one in test/e2e and test/fault.
#include "sim/run/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "sim/device/backoff.h"
#include "sim/device/encode_report.h"
#include "sim/run/load.h"
#include "wire/senml/senml.h"

namespace outrider::sim {
namespace {

using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  Files() {
    settings.devices_file = path / "codes.csv";
    settings.state = path / "state";
    settings.ca = path / "root.pem";
    settings.est = "https://127.0.0.1:1";
    settings.fleet = FleetId{"demo"};
    settings.mqtt_host = "127.0.0.1";
  }
  void write(const std::string& name, std::string_view text) const { std::ofstream(path / name) << text; }
  Result<std::vector<Role>> load() { return load_roles(settings, 1, notes); }

  testing_support::TemporaryDirectory folder;
  const std::filesystem::path& path = folder.path();
  RunSettings settings;
  std::vector<std::string> notes;
};

using Casting = Files;
using WholeRun = Files;

TEST_F(Casting, GivesEveryDeviceTheModelOfItsProfile) {
  write("codes.csv", "device,profile,code\nt-1,fleet-tracker,X\nd-1,drone-sensor,Y\n");
  const auto roles = load();
  ASSERT_TRUE(roles) << roles.error().text();
  ASSERT_EQ(roles->size(), 2U);
  Report report;
  (*roles)[1].source->take(report);
  EXPECT_TRUE(std::ranges::any_of(report.readings(), [](const Reading& r) { return r.name == "climb"; }));
}

TEST_F(Casting, NamesTheDeviceWhoseProfileHasNoModel) {
  write("codes.csv", "device,profile,code\nt-1,fleet-trackr,X\n");
  const auto roles = load();
  ASSERT_FALSE(roles);
  EXPECT_THAT(roles.error().text(), HasSubstr("did you mean 'fleet-tracker'"));
  EXPECT_THAT(roles.error().text(), HasSubstr("t-1"));
}

TEST_F(Casting, GivesTracesToTheDevicesTheyAreMeantForAndNotesWhatIsLeftOut) {
  write("codes.csv", "device,profile,code\nt-1,fleet-tracker,X\nt-2,fleet-tracker,Y\n");
  write("drive.csv", "t_s,lat,lon,operator\n0,1,2,B\n");
  settings.traces = {{.file = path / "drive.csv", .device = "t-2"}};
  const auto roles = load();
  ASSERT_TRUE(roles) << roles.error().text();
  Report report;
  (*roles)[1].source->take(report);
  EXPECT_EQ(report.readings().size(), 2U);
  EXPECT_FALSE((*roles)[1].source->due());
  EXPECT_THAT(notes, testing::ElementsAre(HasSubstr("column left out: operator")));

  settings.traces = {{.file = path / "drive.csv", .device = "t-3"}};
  EXPECT_EQ(load().error().reason, "no-device-for-trace");
  settings.traces = {{.file = path / "drive.csv", .device = "t-1"}, {.file = path / "drive.csv", .device = "t-1"}};
  EXPECT_EQ(load().error().reason, "trace-twice");
  settings.traces = {{.file = path / "none.csv", .device = "t-1"}};
  EXPECT_FALSE(load());
}

TEST_F(WholeRun, SaysWhatIsMissing) {
  EXPECT_FALSE(run_fleet(settings)) << "no devices file";
  write("codes.csv", "device,profile,code\nt-1,fleet-tracker,X\n");
  const auto without_root = run_fleet(settings);
  ASSERT_FALSE(without_root);
  EXPECT_THAT(without_root.error().text(), HasSubstr("root.pem"));
  write("root.pem", "not a certificate");
  EXPECT_FALSE(run_fleet(settings));
}

TEST(EncodeReport, IsReadBackAsTheSameReadings) {
  Report report;
  report.number("temperature", "Cel", -18.25, 1);
  report.flag("door", true);
  report.text("firmware", "1.2.3");
  const Timestamp at = from_rfc3339("2026-11-22T12:00:00.25Z").value();
  for (const auto encoding : {Encoding::json, Encoding::cbor}) {
    const auto bytes = encode_report(report, at, encoding);
    ASSERT_TRUE(bytes) << bytes.error().text();
    const auto pack =
        encoding == Encoding::json ? wire::senml::parse_json(as_text(*bytes), at) : wire::senml::parse_cbor(*bytes, at);
    ASSERT_TRUE(pack) << pack.error().text();
    ASSERT_EQ(pack->size(), 3U);
    EXPECT_EQ((*pack)[0].name, "temperature");
    EXPECT_EQ((*pack)[0].unit, "Cel");
    EXPECT_NEAR(std::get<double>((*pack)[0].value), -18.3, 0.06);
    EXPECT_EQ((*pack)[0].time, at);
    EXPECT_EQ(std::get<bool>((*pack)[1].value), true);
    EXPECT_EQ(std::get<std::string>((*pack)[2].value), "1.2.3");
  }
}

TEST(Backoff, DoublesUpToItsMostAndBeginsAnewAfterSuccess) {
  Random random(1);
  Backoff backoff;
  auto range = Backoff::least;
  for (int i = 0; i < 20; ++i) {
    const auto wait = backoff.next(random);
    EXPECT_GE(wait * 2, range - std::chrono::milliseconds{2});
    EXPECT_LE(wait, range);
    range = std::min(range * 2, Backoff::most);
  }
  EXPECT_EQ(range, Backoff::most);
  backoff.reset();
  EXPECT_LE(backoff.next(random), Backoff::least);
}

}  // namespace
}  // namespace outrider::sim
