#include "detect/explain/explain.h"

#include <gtest/gtest.h>

#include "detect/engine/detector.h"
#include "detect/testing/entries.h"

namespace outrider::detect {
namespace {

constexpr std::uint32_t now = 1'790'000'000;

Finding finding() {
  Finding out;
  out.threat = Threat::firmware_rollback;
  out.at_s = now;
  out.risk = 27.5F;
  out.level = Level::page;
  out.families = 2;
  out.evidence[0] = {.check = CheckId::stolen_seen,
                     .count = 3,
                     .nats = 20,
                     .at_s = now,
                     .entries = {12, 10},
                     .entries_used = 2,
                     .threat = out.threat};
  out.evidence[1] = {.check = CheckId::superseded_used, .nats = 7.5F, .observed = 2, .at_s = now, .threat = out.threat};
  return out;
}

TEST(Explanation, NamesFamiliesByWeightWithFiguresAndTheLimit) {
  Finding found = finding();
  EXPECT_EQ(explanation_of(found, {}),
            "Identity (20.0 nats, 3 times): the device, which is reported lost or stolen, was heard of. Identity (7.5 "
            "nats): an identity of it that has a successor was used 2 times. Together 27.5 nats (a page from 12).");
  found.level = Level::ticket;
  found.families = 1;
  found.risk = 20;
  EXPECT_EQ(explanation_of(found, {}),
            "Identity (20.0 nats, 3 times): the device, which is reported lost or stolen, was heard of. Together 20.0 "
            "nats (a ticket from 7).");
  found.proof = true;
  EXPECT_TRUE(explanation_of(found, {}).ends_with("Together 20.0 nats; this does not happen by chance."));
}

TEST(Explanation, KeepsTheEntriesOfEachPieceOfEvidence) {
  const auto evidence = evidence_of(finding());
  ASSERT_EQ(evidence.size(), 2U);
  EXPECT_EQ(evidence[0].check, "stolen-seen");
  EXPECT_EQ(evidence[0].family, "identity");
  EXPECT_EQ(evidence[0].entries, (std::vector<std::uint64_t>{12, 10}));
  EXPECT_EQ(to_micros(evidence[0].at), std::int64_t{now} * 1'000'000);
  EXPECT_TRUE(evidence[1].entries.empty());
}

TEST(Explanation, SaysWhatTheDevicesOfAnIncidentShare) {
  const Shared shared{.devices = 57,
                      .what = "on one carrier",
                      .likely = "an outage of the mobile network",
                      .within_s = 240,
                      .pages = false};
  EXPECT_EQ(incident_title(Threat::silence, shared), "It should have spoken: 57 devices on one carrier");
  EXPECT_EQ(
      incident_explanation(finding(), shared),
      "57 devices on one carrier showed the same within 4m. Likely an outage of the mobile network. Of the device "
      "that completed it: the device, which is reported lost or stolen, was heard of. A common cause like that "
      "pages nobody; a device with other evidence is alerted by itself.");
}

// Whatever a device calls its topics, units, firmware and networks: none of it is in what people read.
TEST(Explanation, NeverRepeatsWhatADeviceSaid) {
  constexpr std::string_view hostile = "<script>NEVERSHOWN";
  Detector detector(testing::fleet, [](std::string_view) { return std::optional(Contract{.profile = "tracker"}); });
  testing::Log log;
  log.add(testing::fact("", 0, facts::ProfileAdded{ProfileId("tracker"), ""}));
  log.add(testing::fact("t-1", 0, facts::DeviceAdded{DeviceId("t-1"), ProfileId("tracker"), {}, {}}));
  const std::string text(hostile);
  for (int i = 0; i < 300; ++i) {
    const double at = 60.0 * i;
    log.add(testing::position("t-1", at, i % 2 == 0 ? 52 : -30, 13.0));
    log.add(testing::entry(
        Kind::event, "t-1", at,
        fmt::format(
            R"([{{"n":"enclosure","vb":true}},{{"n":"firmware","vs":"{0}{1}"}},{{"n":"cipher","vs":"{0}"}},)"
            R"({{"n":"iccid","vs":"{0}{1}"}},{{"n":"{0}","u":"{0}","v":{1}}},{{"n":"light","u":"lx","v":900}}])",
            text, i)));
    facts::AccessRefused refused;
    refused.device = "t-1";
    refused.action = text;
    refused.object = fmt::format("d/{}{}/telemetry", text, i);
    refused.rule = i % 2 == 0 ? "foreign-topic" : text;
    refused.address = text;
    refused.count = 50;
    log.add(testing::fact("t-1", at, refused));
    facts::SessionOpened opened;
    opened.device = DeviceId("t-1");
    opened.session = text + std::to_string(i);
    opened.address = text;
    opened.country = i % 2 == 0 ? "<s" : "DE";
    opened.network_kind = text;
    log.add(testing::fact("t-1", at, opened));
  }
  std::size_t said = 0;
  for (const auto& entry : log.entries()) {
    const auto out = detector.follow(entry);
    for (const auto& alert : out.raised) {
      ++said;
      EXPECT_EQ(json::write(alert).find("NEVERSHOWN"), std::string::npos) << json::write(alert);
    }
    for (const auto& alert : out.grown) EXPECT_EQ(json::write(alert).find("NEVERSHOWN"), std::string::npos);
  }
  EXPECT_GE(said, 1U) << "it gave reason enough to speak of it";
}

}  // namespace
}  // namespace outrider::detect
