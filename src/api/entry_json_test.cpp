#include "api/entry_json.h"

#include <gtest/gtest.h>

namespace outrider::api {
namespace {

ledger::Entry entry_of(std::string type, std::string_view payload) {
  ledger::Entry out;
  out.number = 7;
  out.kind = static_cast<std::uint16_t>(Kind::telemetry);
  out.fleet = FleetId("acme");
  out.subject = {ledger::SubjectKind::device, "t-1"};
  out.content_type = std::move(type);
  out.payload = to_bytes(as_bytes(payload));
  return out;
}

TEST(EntryJson, JsonPayloadsAreJson) {
  const auto out = entry_json(entry_of("application/senml+json", R"([{"n":"speed","v":13.4}])"));
  EXPECT_EQ(out.at("kind").as_string(), "telemetry");
  EXPECT_EQ(out.at("subject").at("kind").as_string(), "device");
  EXPECT_EQ(out.at("payload").at(0).at("n").as_string(), "speed");
  EXPECT_TRUE(entry_json(entry_of("application/json; charset=utf-8", "{}")).at("payload").is_object());
}

TEST(EntryJson, OtherPayloadsAreBase64) {
  EXPECT_EQ(entry_json(entry_of("application/senml+cbor", "\x80")).at("payload").as_string(), "gA==");
  EXPECT_EQ(entry_json(entry_of("text/plain", "hi")).at("payload").as_string(), "aGk=");
}

TEST(EntryJson, WhatOnlySaysItIsJsonIsBase64) {
  EXPECT_EQ(entry_json(entry_of("application/json", "{")).at("payload").as_string(), "ew==");
}

TEST(EntryJson, TheDigestIsOfTheBytesAsReceived) {
  EXPECT_EQ(entry_json(entry_of("application/senml+json", "[ ]")).at("payload_sha256").as_string(),
            "5984eac0c5c6d947241e29dd5671b81a1546cedf77e08d38438ac47029969afa");
}

TEST(EntryJson, AShreddedPayloadIsNull) {
  auto entry = entry_of("application/senml+json", "");
  entry.shredded = true;
  entry.privacy = ledger::Privacy::personal;
  const auto out = entry_json(entry);
  EXPECT_TRUE(out.at("payload").is_null());
  EXPECT_TRUE(out.at("shredded").as_bool());
  EXPECT_EQ(out.at("privacy").as_string(), "personal");
}

TEST(EntryFilter, ASubjectMayNameItsKind) {
  const auto entry = entry_of("text/plain", "");
  const auto takes = [&](std::string_view subject) {
    EntryFilter filter;
    filter.subject = parse_subject(subject);
    return filter.takes(entry);
  };
  EXPECT_TRUE(takes("t-1"));
  EXPECT_TRUE(takes("device:t-1"));
  EXPECT_FALSE(takes("operator:t-1"));
  EXPECT_FALSE(takes("t-2"));
  EXPECT_FALSE(takes("nonsense:t-1"));
}

TEST(EntryFilter, AKindIsCompared) {
  EntryFilter filter;
  filter.kind = Kind::event;
  EXPECT_FALSE(filter.takes(entry_of("text/plain", "")));
  filter.kind = Kind::telemetry;
  EXPECT_TRUE(filter.takes(entry_of("text/plain", "")));
}

}  // namespace
}  // namespace outrider::api
