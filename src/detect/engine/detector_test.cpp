#include "detect/engine/detector.h"

#include <gtest/gtest.h>

#include <cmath>

#include "detect/testing/entries.h"

namespace outrider::detect {
namespace {

using namespace testing;

std::optional<Contract> read_contract(std::string_view) {
  Contract contract;
  contract.interval_s = 60;
  contract.channels[0] = "temperature";
  return contract;
}

std::string said(const Conclusions& conclusions) {
  std::string out;
  for (const auto& each : conclusions.raised) out += json::write(each) + '\n';
  for (const auto& each : conclusions.grown) out += json::write(each) + '\n';
  return out;
}

std::string said(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& each : findings)
    out += fmt::format("{} {} {} {} {};", each.entry, each.device, static_cast<int>(each.threat), each.risk,
                       static_cast<int>(each.level));
  return out;
}

struct Outcome {
  Bytes state;
  std::string conclusions;
  std::size_t findings = 0;
};

// Follows all entries; restarts from a snapshot before each entry whose number `restart` says yes to.
template <class Restart>
Outcome follow(const std::vector<ledger::Entry>& entries, Restart&& restart) {
  auto detector = std::make_unique<Detector>(fleet, read_contract);
  Outcome out;
  for (const auto& entry : entries) {
    if (restart(entry.number)) {
      const Bytes saved = detector->save();
      detector = std::make_unique<Detector>(fleet, read_contract);
      const auto loaded = detector->load(saved);
      EXPECT_TRUE(loaded) << loaded.error().text();
      EXPECT_EQ(detector->save(), saved);
    }
    out.conclusions += said(detector->follow(entry)) + said(detector->findings());
    out.findings += detector->findings().size();
  }
  out.state = detector->save();
  return out;
}

TEST(Detector, ConcludesTheSameWhereverItWasRestarted) {
  const auto entries = random_entries(20261122, 5000, 12);
  const Outcome whole = follow(entries, [](auto) { return false; });
  const Outcome restarted =
      follow(entries, [random = std::mt19937_64(7)](auto) mutable { return random() % 100 == 0; });
  EXPECT_EQ(restarted.conclusions, whole.conclusions);
  EXPECT_TRUE(restarted.state == whole.state);
  EXPECT_GT(whole.findings, 10U);
}

TEST(Detector, PassesOverEntriesItHasHad) {
  const auto entries = random_entries(3, 300, 3);
  Detector detector(fleet, read_contract);
  for (const auto& entry : entries) detector.follow(entry);
  const Bytes before = detector.save();
  EXPECT_EQ(detector.next(), entries.size());
  for (const auto& entry : entries) EXPECT_EQ(said(detector.follow(entry)), "");
  EXPECT_TRUE(detector.save() == before);
}

TEST(Detector, LearnsDevicesAnewWhenTheClockWasWrong) {
  const auto entries = random_entries(20261122, 3000, 12);
  // Alerts after entry 1000; behind it, `wrong` says, one entry had a clock that was a year ahead.
  const auto raised = [&](bool wrong) {
    Detector detector(fleet, read_contract);
    std::uint64_t number = 0;
    std::size_t count = 0;
    const auto follow = [&](ledger::Entry entry) {
      entry.number = number++;
      const auto conclusions = detector.follow(entry);
      if (number > 1001) count += conclusions.raised.size();
    };
    for (const auto& entry : entries) {
      follow(entry);
      if (wrong && entry.number == 1000) follow(fact("", 365 * 86400.0, facts::ClockTicked{}));
    }
    EXPECT_LT(detector.engine().now_s(), start_us / 1e6 + 300 * 86400.0);
    return count;
  };
  EXPECT_GT(raised(true), raised(false) / 2) << "it is not deaf for a year";
}

TEST(Detector, TakesSmallSetbacksOfTheClockAsTheyAre) {
  Detector detector(fleet, read_contract);
  auto entries = random_entries(3, 300, 3);
  for (const auto& entry : entries) detector.follow(entry);
  const auto before = detector.engine().state(1).observations;
  ledger::Entry late = entries.back();
  late.number += 1;
  late.received -= std::chrono::minutes{9};
  detector.follow(late);
  EXPECT_GE(detector.engine().state(1).observations, before);
}

TEST(Detector, KnowsNothingOfADeviceWhoseDataKeyWasDestroyed) {
  Detector detector(fleet, read_contract);
  std::uint64_t number = 0;
  for (ledger::Entry entry : random_entries(20261122, 3000, 12)) {
    entry.number = number++;
    detector.follow(entry);
  }
  const auto device = detector.engine().device("t-3");
  ASSERT_GT(detector.engine().state(device).observations, 0U);
  const auto others = detector.engine().state(detector.engine().device("t-4")).observations;
  auto shredded = fact("t-3", 1e7, facts::KeyShredded{"t-3", "request 12", "op"});
  shredded.number = number++;
  detector.follow(shredded);
  const DeviceState& state = detector.engine().state(device);
  EXPECT_EQ(state.observations, 0U);
  EXPECT_TRUE(std::isnan(state.lat));
  EXPECT_EQ(state.device, device);
  for (const auto& evidence : state.risk.evidence) EXPECT_EQ(evidence.check, CheckId::none);
  EXPECT_EQ(detector.engine().memory().physics.peer(device), nullptr);
  EXPECT_EQ(detector.engine().state(detector.engine().device("t-4")).observations, others);
  auto of_the_fleet = shredded;
  of_the_fleet.subject = {ledger::SubjectKind::operator_, "t-4"};
  of_the_fleet.number = number++;
  detector.follow(of_the_fleet);
  EXPECT_EQ(detector.engine().state(detector.engine().device("t-4")).observations, others);
}

struct DetectorSnapshot : ::testing::Test {
  DetectorSnapshot() {
    for (const auto& entry : random_entries(1, 200, 3)) detector.follow(entry);
    saved = detector.save();
  }
  std::string reason(const Bytes& bytes, const FleetId& of = fleet) {
    Detector other(of, read_contract);
    const Bytes before = other.save();
    const auto loaded = other.load(bytes);
    if (loaded) return "";
    EXPECT_EQ(loaded.error().code, Errc::corrupt);
    EXPECT_TRUE(other.save() == before);
    return loaded.error().reason;
  }
  Detector detector{fleet, read_contract};
  Bytes saved;
};

TEST_F(DetectorSnapshot, IsReadBack) {
  EXPECT_EQ(reason(saved), "");
}

TEST_F(DetectorSnapshot, IsRefusedWhenAnyByteChanged) {
  for (std::size_t at = 0; at < saved.size(); at += 1 + saved.size() / 97) {
    Bytes damaged = saved;
    damaged[at] ^= 0x10;
    EXPECT_EQ(reason(damaged), "bad-snapshot") << at;
  }
}

TEST_F(DetectorSnapshot, IsRefusedWhenCutOffOrLonger) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{20}, saved.size() / 2, saved.size() - 1})
    EXPECT_EQ(reason(Bytes(saved.begin(), saved.begin() + static_cast<std::ptrdiff_t>(size))), "bad-snapshot");
  Bytes longer = saved;
  longer.push_back(0);
  EXPECT_EQ(reason(longer), "bad-snapshot");
}

TEST_F(DetectorSnapshot, IsRefusedForAnotherFleet) {
  EXPECT_EQ(reason(saved, FleetId("other")), "other-snapshot");
}

TEST(Engine, RefusesAStateOfAnotherLayout) {
  Engine engine;
  ByteWriter out;
  engine.save(out);
  Bytes bytes = out.bytes();
  bytes[3] ^= 1;
  ByteReader in(bytes);
  const auto loaded = engine.load(in);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().reason, "other-snapshot");
}

}  // namespace
}  // namespace outrider::detect
