#include <gtest/gtest.h>

#include "wire/cbor/writer.h"
#include "wire/senml/senml.h"
#include "wire/senml/units.h"

namespace outrider::wire::senml {
namespace {

const Timestamp received = *from_rfc3339("2026-11-22T12:00:00Z");

std::string refusal(std::string_view digits) {
  const auto pack = parse_cbor(*from_hex(digits), received);
  return pack ? "accepted" : pack.error().text();
}

TEST(SenmlCbor, ReadsNumbersTextsTruthsAndData) {
  // [{0: "a", 1: "Cel", 2: 23.5}, {0: "b", 3: "x"}, {0: "c", 4: true}, {0: "d", 8: h'00ff'}]
  const auto pack = parse_cbor(*from_hex("84a3006161016343656c02f94de0a200616203"
                                         "6178a200616304f5a200616408"
                                         "4200ff"),
                               received);
  ASSERT_TRUE(pack) << pack.error().text();
  EXPECT_EQ((*pack)[0], (Record{"a", "Cel", 23.5, {}, received, {}}));
  EXPECT_EQ((*pack)[1].value, Value("x"));
  EXPECT_EQ((*pack)[2].value, Value(true));
  EXPECT_EQ((*pack)[3].value, Value(Bytes{0, 255}));
}

TEST(SenmlCbor, BaseFieldsHaveNegativeLabels) {
  // [{-2: "t-1/", -3: 1795348800, -4: "V", 0: "x", 2: 1}, {0: "y", 6: -5, 2: 2}]
  Bytes bytes;
  cbor::Writer out(bytes);
  out.array(2);
  out.map(5).integer(0).text("x").integer(2).integer(1).integer(-2).text("t-1/").integer(-3).integer(1795348800);
  out.integer(-4).text("V");
  out.map(3).integer(0).text("y").integer(2).integer(2).integer(6).integer(-5);
  const auto pack = parse_cbor(bytes, received);
  ASSERT_TRUE(pack) << pack.error().text();
  EXPECT_EQ((*pack)[1], (Record{"t-1/y", "V", 2.0, {}, from_micros(1'795'348'795'000'000), {}}));
}

TEST(SenmlCbor, DecimalFractionsAreRoundedAsTheSameNumberInJson) {
  // [{0: "a", 2: 4([-2, 27315])}]
  const auto pack = parse_cbor(*from_hex("81a200616102c48221196ab3"), received);
  ASSERT_TRUE(pack) << pack.error().text();
  EXPECT_EQ((*pack)[0].value, Value(273.15));
  EXPECT_EQ(refusal("81a200616102"
                    "8221196ab3"),
            "record 1, field 'v': not a number");
  EXPECT_EQ(refusal("81a200616102c481"
                    "21"),
            "record 1, field 'v': a decimal fraction has two parts");
  EXPECT_EQ(refusal("81a200616102c483210101"), "record 1, field 'v': a decimal fraction has two parts");
  EXPECT_EQ(refusal("81a200616102c4821a7fffffff01"), "record 1, field 'v': not a number that a double can hold");
}

TEST(SenmlCbor, AcceptsIndefiniteLengthsAndUnknownFields) {
  // [_ {_ 0: "a", 2: 1, "x": [1, {}], 99: null}]
  EXPECT_EQ(refusal("9fbf006161020161788201a01863f6ffff"), "accepted");
}

TEST(SenmlCbor, RefusalsNameTheRecordAndTheField) {
  EXPECT_EQ(refusal("80"), "a pack without records");
  EXPECT_EQ(refusal("a0"), "a pack is an array of records");
  EXPECT_EQ(refusal("8101"), "record 1: not a map");
  EXPECT_EQ(refusal("81a20061610261"
                    "31"),
            "record 1, field 'v': not a number");
  EXPECT_EQ(refusal("81a200616102f6"), "record 1, field 'v': not a number");
  EXPECT_EQ(refusal("81a200616102f97e00"), "record 1, field 'v': not a finite number");
  EXPECT_EQ(refusal("81a200616102f97c00"), "record 1, field 'v': not a finite number");
  EXPECT_EQ(refusal("81a30061610201"
                    "0202"),
            "record 1, field 'v': given twice");
  EXPECT_EQ(refusal("81a300616102016178"
                    "5f00ff")
                .substr(0, 4),
            "CBOR");
  EXPECT_EQ(refusal("81a20061616176"
                    "01"),
            "record 1: field 'v' must be given by its number");
  EXPECT_EQ(refusal("81a3006161020162785f"
                    "01"),
            "record 1, field 'x_': must be understood and is not known");
  EXPECT_EQ(refusal("81a2006161f501"), "record 1: a label that is neither a number nor a text");
  EXPECT_EQ(refusal("81a2006161020100"), "CBOR at offset 7: bytes after the last item");
  EXPECT_EQ(refusal(""), "CBOR at offset 0: ends where an item should be");
}

TEST(SenmlCbor, APackThatIsWrittenReadsBackTheSame) {
  const Pack pack{
      {"lat", "lat", 53.551086, {}, received, {}},
      {"temperature", "Cel", -18.5, {}, received - std::chrono::microseconds(60'000'001), 60.0},
      {"firmware", "", "1.2.3 é", {}, received, {}},
      {"light", "", true, {}, received, {}},
      {"shot", "", Bytes{0, 1, 255}, {}, received + std::chrono::hours(1), {}},
      {"energy", "J", std::monostate{}, 1e21, received, {}},
      {"speed", "km/h", 0.1 + 0.2, {}, received, {}},
  };
  const auto bytes = write_cbor(pack);
  ASSERT_TRUE(bytes) << bytes.error().text();
  const auto back = parse_cbor(*bytes, received);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, pack);
}

TEST(SenmlCbor, APackIsSmallerThanInJson) {
  const Pack pack{{"temperature", "Cel", 4.25, {}, received, {}}};
  EXPECT_EQ(hex(*write_cbor(pack)), "81a4006b74656d7065726174757265016343656c02f94440221a6b02d940");
  EXPECT_LT(write_cbor(pack)->size() * 2, write_json(pack)->size() + 10);
}

TEST(SenmlUnits, KnowsTheRegistry) {
  for (const auto* unit : {"Cel", "%RH", "%EL", "lat", "lon", "m/s", "V", "dBm", "km/h", "mV", "/", "count", "hPa"}) {
    EXPECT_TRUE(known_unit(unit)) << unit;
  }
  for (const auto* unit : {"", "C°", "celsius", "cel", "kph", "volt"}) EXPECT_FALSE(known_unit(unit)) << unit;
}

TEST(SenmlUnits, SecondaryUnitsSayHowToGetToTheirPrimary) {
  for (const Unit& unit : units()) {
    const Unit* base = find_unit(unit.primary);
    ASSERT_NE(base, nullptr) << unit.symbol;
    EXPECT_FALSE(base->secondary()) << unit.symbol;
  }
  EXPECT_DOUBLE_EQ(36 * find_unit("km/h")->scale, 10);
  EXPECT_DOUBLE_EQ(-90 * find_unit("dBm")->scale + find_unit("dBm")->offset, -120);
}

TEST(SenmlUnits, SuggestsWhatWasMeant) {
  EXPECT_EQ(suggest_unit("cel"), " (did you mean 'Cel'?)");
}

}  // namespace
}  // namespace outrider::wire::senml
