#include "wire/senml/senml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace outrider::wire::senml {
namespace {

const Timestamp received = *from_rfc3339("2026-11-22T12:00:00.250Z");

Pack parsed(std::string_view text) {
  auto pack = parse_json(text, received);
  EXPECT_TRUE(pack) << pack.error().text() << "\n" << text;
  return pack ? *pack : Pack{};
}

std::string refusal(std::string_view text, const Limits& limits = {}) {
  const auto pack = parse_json(text, received, limits);
  return pack ? "accepted" : pack.error().text();
}

TEST(SenmlJson, ASingleReadingIsTakenWithTheTimeItArrived) {
  const auto pack = parsed(R"([{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}])");  // RFC 8428, 5.1.1
  ASSERT_EQ(pack.size(), 1U);
  EXPECT_EQ(pack[0], (Record{"urn:dev:ow:10e2073a01080063", "Cel", 23.1, {}, received, {}}));
}

TEST(SenmlJson, BaseFieldsAreWorkedIntoEveryRecord) {
  const auto pack = parsed(R"([{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":10,
                               "n":"voltage","u":"V","v":120.1},
                              {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3}])");  // RFC 8428, 5.1.3
  ASSERT_EQ(pack.size(), 3U);
  EXPECT_EQ(pack[0].name, "urn:dev:ow:10e2073a0108006:voltage");
  EXPECT_EQ(pack[0].unit, "V");
  EXPECT_EQ(pack[0].time, from_micros(1'276'020'076'001'000));
  EXPECT_EQ(pack[1].unit, "A");
  EXPECT_EQ(pack[1].time, from_micros(1'276'020'071'001'000));
  EXPECT_EQ(pack[2].value, Value(1.3));
}

TEST(SenmlJson, BaseValueAndBaseSumAreAdded) {
  const auto pack = parsed(R"([{"bn":"a","bv":20,"bs":100,"v":1.5},{"s":5},{"vb":true},{"v":-20,"s":1}])");
  ASSERT_EQ(pack.size(), 4U);
  EXPECT_EQ(pack[0].value, Value(21.5));
  EXPECT_EQ(pack[0].sum, 100);
  EXPECT_EQ(pack[1].value, Value());
  EXPECT_EQ(pack[1].sum, 105);
  EXPECT_EQ(pack[2].value, Value(true));
  EXPECT_EQ(pack[3].value, Value(0.0));
  EXPECT_EQ(parsed(R"([{"bn":"a","bv":7}])")[0].value, Value(7.0));
}

TEST(SenmlJson, BaseFieldsHoldUntilTheyAreChanged) {
  const auto pack = parsed(R"([{"bn":"a/","n":"x","v":1},{"bn":"b/","n":"x","v":1},{"n":"y","v":1}])");
  EXPECT_EQ(pack[1].name, "b/x");
  EXPECT_EQ(pack[2].name, "b/y");
}

TEST(SenmlJson, TimesBelowTwoToThe28AreRelativeToNow) {
  const auto pack = parsed(R"([{"n":"a","v":1,"t":-0.25},{"n":"a","v":1,"t":60},{"n":"a","v":1,"t":268435455},
                               {"n":"a","v":1,"t":268435456},{"n":"a","v":1,"t":1732275000.123456}])");
  EXPECT_EQ(pack[0].time, received - std::chrono::milliseconds(250));
  EXPECT_EQ(pack[1].time, received + std::chrono::seconds(60));
  EXPECT_EQ(pack[2].time, received + std::chrono::seconds(268'435'455));
  EXPECT_EQ(pack[3].time, from_micros(268'435'456'000'000));
  EXPECT_EQ(pack[4].time, from_micros(1'732'275'000'123'456));
}

TEST(SenmlJson, AllKindsOfValuesAreRead) {
  const auto pack = parsed(R"([{"bn":"a","v":1e3},{"vs":"shock \u00e9"},{"vb":false},{"vd":"-_8"},{"s":3,"ut":30}])");
  EXPECT_EQ(pack[0].value, Value(1000.0));
  EXPECT_EQ(pack[1].value, Value("shock é"));
  EXPECT_EQ(pack[2].value, Value(false));
  EXPECT_EQ(pack[3].value, Value(Bytes{0xfb, 0xff}));
  EXPECT_EQ(pack[4].update_time, 30);
  EXPECT_EQ(kind_of(pack[0].value), "number");
  EXPECT_EQ(kind_of(pack[3].value), "data");
  EXPECT_EQ(kind_of(pack[4].value), "none");
}

TEST(SenmlJson, UnknownFieldsArePassedOver) {
  const auto pack = parsed(R"([{"n":"a","v":1,"x":{"n":"no","deep":[1,{"v":2}]},"y":[true,null,"s"],"z":1.5}])");
  ASSERT_EQ(pack.size(), 1U);
  EXPECT_EQ(pack[0].name, "a");
  EXPECT_EQ(pack[0].value, Value(1.0));
}

TEST(SenmlJson, LabelsAreWhatTheirEscapesSay) {
  const auto pack = parsed(R"([{"\u006e":"\u0061b","\u0076":2}])");
  EXPECT_EQ(pack[0].name, "ab");
  EXPECT_EQ(pack[0].value, Value(2.0));
  // A label with zero bytes is another label.
  EXPECT_EQ(refusal(R"([{"\u0000n":"a","v":1}])"), "record 1, field 'n': the name is empty");
  EXPECT_EQ(refusal(R"([{"n":"a","\u0000\u0000v":1}])"), "record 1: neither a value nor a sum");
}

TEST(SenmlJson, AFieldThatMustBeUnderstoodIsRefused) {
  const auto pack = parse_json(R"([{"n":"a","v":1},{"n":"b","v":1,"cipher_":"x"}])", received);
  ASSERT_FALSE(pack);
  EXPECT_EQ(pack.error().reason, "must-understand");
  EXPECT_EQ(pack.error().text(), "record 2, field 'cipher_': must be understood and is not known");
}

TEST(SenmlJson, RefusalsNameTheRecordAndTheField) {
  EXPECT_EQ(refusal(R"([])"), "a pack without records");
  EXPECT_EQ(refusal(R"({"n":"a","v":1})"), "a pack is an array of records");
  EXPECT_EQ(refusal(R"(5)"), "a pack is an array of records");
  EXPECT_EQ(refusal(R"([{"n":"a","v":1},7])"), "record 2: not an object");
  EXPECT_EQ(refusal(R"([[{"n":"a","v":1}]])"), "record 1: not an object");
  EXPECT_EQ(refusal(R"([{"n":"a","v":"1"}])"), "record 1, field 'v': not a number");
  EXPECT_EQ(refusal(R"([{"n":"a","v":null}])"), "record 1, field 'v': not a number");
  EXPECT_EQ(refusal(R"([{"n":"a","v":[1]}])"), "record 1, field 'v': not a number");
  EXPECT_EQ(refusal(R"([{"n":"a","v":{"x":1}}])"), "record 1, field 'v': not a number");
  EXPECT_EQ(refusal(R"([{"n":5,"v":1}])"), "record 1, field 'n': not a string");
  EXPECT_EQ(refusal(R"([{"n":"a","vb":1}])"), "record 1, field 'vb': not true or false");
  EXPECT_EQ(refusal(R"([{"n":"a","vs":true}])"), "record 1, field 'vs': not a string");
  EXPECT_EQ(refusal(R"([{"n":"a","vd":"a"}])"), "record 1, field 'vd': base64 ends in the middle of a byte");
  EXPECT_EQ(refusal(R"([{"n":"a","v":1,"v":2}])"), "record 1, field 'v': given twice");
  EXPECT_EQ(refusal(R"([{"n":"a","v":1,"vs":"x"}])"), "record 1: more than one value");
  EXPECT_EQ(refusal(R"([{"n":"a"}])"), "record 1: neither a value nor a sum");
  EXPECT_EQ(refusal(R"([{"v":1}])"), "record 1, field 'n': the name is empty");
  EXPECT_THAT(refusal(R"([{"n":"-a","v":1}])"), testing::HasSubstr("record 1, field 'n': a name is letters"));
  EXPECT_THAT(refusal(R"([{"n":"a b","v":1}])"), testing::HasSubstr("record 1, field 'n': a name is letters"));
  EXPECT_THAT(refusal(R"([{"bn":"é","v":1}])"), testing::HasSubstr("record 1, field 'bn': a name is letters"));
  EXPECT_EQ(refusal(R"([{"n":"a","v":1,"ut":-1}])"), "record 1, field 'ut': negative");
  EXPECT_EQ(refusal(R"([{"n":"a","v":1,"t":-9e12}])"), "record 1, field 't': outside the years 1970 to 9999");
  EXPECT_EQ(refusal(R"([{"n":"a","v":1,"bt":9e12}])"), "record 1, field 'bt': outside the years 1970 to 9999");
  EXPECT_EQ(refusal(R"([{"n":"a","v":1,"bver":11}])"),
            "record 1, field 'bver': version 11 is not understood; 10 and 26 are");
  EXPECT_EQ(refusal(R"([{"n":"a","v":1,"bver":10},{"n":"a","v":1,"bver":26}])"),
            "record 2, field 'bver': changes inside the pack");
  EXPECT_EQ(refusal(R"([{"n":"a","v":1},{"n":"a","v":1,"bver":26}])"),
            "record 2, field 'bver': must stand in the first record");
}

TEST(SenmlJson, NumbersThatAreNotFiniteAreRefused) {
  EXPECT_NE(refusal(R"([{"n":"a","v":1e999}])"), "accepted");
  EXPECT_NE(refusal(R"([{"n":"a","v":NaN}])"), "accepted");
  EXPECT_EQ(refusal(R"([{"n":"a","bv":1.7e308,"v":1.7e308}])"), "record 1, field 'v': too large with the base value");
  EXPECT_EQ(refusal(R"([{"n":"a","bs":1.7e308,"s":1.7e308}])"), "record 1, field 's': too large with the base sum");
}

TEST(SenmlJson, WhatIsNotJsonIsRefusedWithItsOffset) {
  EXPECT_THAT(refusal(R"([{"n":"a","v":1})"), testing::HasSubstr("not JSON at offset 16"));
  EXPECT_THAT(refusal(R"([{"n":"a","v":1}] x)"), testing::HasSubstr("not JSON at offset"));
  EXPECT_THAT(refusal(""), testing::HasSubstr("not JSON"));
  EXPECT_THAT(refusal("[{\"n\":\"\xff\",\"v\":1}]"), testing::HasSubstr("not JSON"));
  EXPECT_THAT(refusal(R"([{"n":"a","v":1,"x":)" + std::string(50, '[') + std::string(50, ']') + "}]"),
              testing::HasSubstr("not JSON"));
}

TEST(SenmlJson, LimitsHoldOnRecordsNamesAndValues) {
  const Limits limits{.records_max = 2, .name_bytes_max = 4, .unit_bytes_max = 2, .value_bytes_max = 3};
  EXPECT_EQ(refusal(R"([{"n":"a","v":1},{"n":"a","v":1},{"n":"a","v":1}])", limits), "more than 2 records in a pack");
  EXPECT_EQ(refusal(R"([{"n":"abcde","v":1}])", limits), "record 1, field 'n': 5 bytes; at most 4");
  EXPECT_EQ(refusal(R"([{"bn":"abc","n":"de","v":1}])", limits), "record 1, field 'n': 5 bytes; at most 4");
  EXPECT_EQ(refusal(R"([{"n":"a","u":"Cel","v":1}])", limits), "record 1, field 'u': 3 bytes; at most 2");
  EXPECT_EQ(refusal(R"([{"n":"a","vs":"abcd"}])", limits), "record 1, field 'vs': 4 bytes; at most 3");
  EXPECT_EQ(refusal(R"([{"n":"a","vd":"AAAAAA"}])", limits), "record 1, field 'vd': 4 bytes; at most 3");
}

Pack every_kind() {
  return {
      {"lat", "lat", 53.551086, {}, received, {}},
      {"temperature", "Cel", -18.5, {}, received - std::chrono::microseconds(60'000'001), 60.0},
      {"firmware", "", "1.2.3 \"é\"\n", {}, received, {}},
      {"light", "", true, {}, received, {}},
      {"shot", "", Bytes{0, 1, 255}, {}, received + std::chrono::hours(1), {}},
      {"energy", "J", std::monostate{}, 1e21, received, {}},
      {"speed", "km/h", 0.1 + 0.2, {}, received, {}},
  };
}

TEST(SenmlJson, APackThatIsWrittenReadsBackTheSame) {
  const auto text = write_json(every_kind());
  ASSERT_TRUE(text) << text.error().text();
  EXPECT_EQ(parsed(*text), every_kind());
}

TEST(SenmlJson, APackIsWrittenAsPeopleExpectIt) {
  const auto text = write_json({{"temperature", "Cel", 4.25, {}, received, {}},
                                {"humidity", "%RH", 60.0, {}, received + std::chrono::milliseconds(500), {}}});
  EXPECT_EQ(*text,
            R"([{"bt":1795348800.25,"n":"temperature","u":"Cel","v":4.25},{"n":"humidity","u":"%RH","v":60,"t":0.5}])");
}

TEST(Senml, WhatNobodyCouldReadIsNotWritten) {
  const Record good{"a", "", 1.0, {}, received, {}};
  const auto refused = [&](auto change) {
    Record record = good;
    change(record);
    return !write_json({record}) && !write_cbor({record});
  };
  EXPECT_FALSE(refused([](Record&) {}));
  EXPECT_TRUE(refused([](Record& r) { r.name = "a b"; }));
  EXPECT_TRUE(refused([](Record& r) { r.unit = "\xff"; }));
  EXPECT_TRUE(refused([](Record& r) { r.value = std::nan(""); }));
  EXPECT_TRUE(refused([](Record& r) { r.value = std::monostate{}; }));
  EXPECT_TRUE(refused([](Record& r) { r.value = "\xff"; }));
  EXPECT_TRUE(refused([](Record& r) { r.sum = HUGE_VAL; }));
  EXPECT_TRUE(refused([](Record& r) { r.update_time = -1; }));
  EXPECT_TRUE(refused([](Record& r) { r.time = Timestamp{}; }));
  EXPECT_FALSE(write_json({}));
  EXPECT_FALSE(write_cbor({}));
}

}  // namespace
}  // namespace outrider::wire::senml
