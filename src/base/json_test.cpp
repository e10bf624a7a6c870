#include "base/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace outrider {

enum class Colour : std::uint8_t { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Inner {
  std::string text;
  double number = 0;
  bool operator==(const Inner&) const = default;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (text, number))

struct Everything {
  std::string text;
  bool flag = false;
  std::uint8_t small = 0;
  std::int64_t large = 0;
  std::optional<int> maybe;
  std::vector<Inner> list;
  std::map<std::string, int> map;
  DeviceId id;
  Timestamp time;
  Bytes data;
  Colour colour = Colour::red;
  bool operator==(const Everything&) const = default;
};
BOOST_DESCRIBE_STRUCT(Everything, (), (text, flag, small, large, maybe, list, map, id, time, data, colour))

namespace {

Everything sample() {
  return {.text = "é\n\"",
          .flag = true,
          .small = 255,
          .large = std::numeric_limits<std::int64_t>::min(),
          .maybe = 3,
          .list = {{"a", 0.1}, {"b", 1795348800.250001}},
          .map = {{"k", -1}},
          .id = DeviceId("t-1"),
          .time = from_micros(1'795'348'800'250'001),
          .data = {0, 255},
          .colour = Colour::green};
}

TEST(Json, AStructComesBackAsItWasWritten) {
  const auto back = json::read<Everything>(json::write(sample()));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, sample());
  const auto from_pretty = json::read<Everything>(json::pretty(json::from(sample())));
  ASSERT_TRUE(from_pretty);
  EXPECT_EQ(*from_pretty, sample());
}

TEST(Json, NumbersAreWrittenAsPeopleWriteThem) {
  const json::Array numbers{13.4, -0.25, 13.0, 1e300, -0.0, 5e-324, 13, std::uint64_t{18446744073709551615U}, true};
  EXPECT_EQ(json::compact(numbers), "[13.4,-0.25,13.0,1e+300,-0.0,5e-324,13,18446744073709551615,true]");
  EXPECT_EQ(json::pretty(json::Object{{"a", 0.1}, {"b", json::Array{}}}), "{\n  \"a\": 0.1,\n  \"b\": []\n}\n");
}

TEST(Json, TextsAreWrittenSoThatTheyReadBack) {
  const json::Object texts{{"quote\"", "back\\slash"}, {"line\n", "tab\t"}, {"\x01", "caf\xc3\xa9"}};
  const std::string text = json::compact(texts);
  EXPECT_EQ(text, R"({"quote\"":"back\\slash","line\n":"tab\t","\u0001":"café"})");
  EXPECT_EQ(json::parse(text).value(), json::Value(texts));
}

TEST(Json, OptionalsAndContainersMayBeMissingButNothingElse) {
  const auto read = json::read<Inner>(R"({"text":"a"})");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().detail, "number: missing");
  Everything bare = sample();
  bare.maybe.reset();
  const auto text = json::write(bare);
  EXPECT_EQ(text.find("maybe"), std::string::npos);
  EXPECT_EQ(json::read<Everything>(text)->maybe, std::nullopt);
}

template <class T>
std::string refusal(std::string_view text) {
  const auto read = json::read<T>(text);
  return read ? "accepted" : read.error().detail;
}

TEST(Json, ErrorsNameThePath) {
  EXPECT_EQ(refusal<Inner>(R"({"text":"a","number":1,"txet":2})"), "txet: unknown key (did you mean 'text'?)");
  EXPECT_EQ(refusal<Inner>(R"({"text":1,"number":1})"), "text: expected a string");
  EXPECT_EQ(refusal<Inner>("[]"), "document: expected an object");
  EXPECT_EQ(refusal<std::vector<Inner>>(R"([{"text":"a","number":1},{"text":"a","number":"x"}])"),
            "[1].number: expected a number");
  using Map = std::map<std::string, std::uint8_t>;
  EXPECT_EQ(refusal<Map>(R"({"a":256})"), ".a: expected a whole number, not negative");
  EXPECT_EQ(refusal<Map>(R"({"a":-1})"), ".a: expected a whole number, not negative");
  EXPECT_EQ(refusal<Map>(R"({"a":1.5})"), ".a: expected a whole number, not negative");
  EXPECT_EQ(refusal<std::vector<Colour>>(R"(["blue"])"), "[0]: expected one of red, green");
  EXPECT_EQ(refusal<std::vector<Timestamp>>(R"(["today"])").substr(0, 30), "[0]: expected a time (RFC 3339");
  EXPECT_EQ(refusal<std::vector<bool>>(R"([1])"), "[0]: expected true or false");
  EXPECT_EQ(refusal<Bytes>(R"("*")"), "document: expected base64 text");
  EXPECT_EQ(refusal<DeviceId>(R"("a/b")").substr(0, 28), "document: expected device id");
}

TEST(Json, WhatIsNotOneDocumentIsRefusedWithItsOffset) {
  EXPECT_EQ(json::parse("{} x").error().detail.substr(0, 20), "not JSON at offset 3");
  EXPECT_FALSE(json::parse(""));
  EXPECT_FALSE(json::parse("{\"a\":"));
  EXPECT_FALSE(json::parse("[1,]"));
  EXPECT_FALSE(json::parse("NaN"));
  EXPECT_FALSE(json::parse("\"\xff\""));
}

TEST(Json, AKeyTwiceIsRefused) {
  const auto parsed = json::parse(R"({"a":{"role":"viewer","x":1,"role":"admin"}})");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().detail.substr(0, 21), "the key 'role' stands");
  EXPECT_TRUE(json::parse(R"({"a":{"a":1},"b":{"a":1}})"));
}

TEST(Json, DeeperThanTheLimitIsRefused) {
  EXPECT_TRUE(json::parse(std::string(json::depth_max, '[') + std::string(json::depth_max, ']')));
  EXPECT_FALSE(json::parse(std::string(json::depth_max + 1, '[') + std::string(json::depth_max + 1, ']')));
}

TEST(Json, NumbersKeepEveryBit) {
  for (const double number :
       {0.1, 5e-324, 1.7976931348623157e308, 1795348800.250001, 9.5367431640625e-7, -123456.789e-30}) {
    const auto back = json::parse(json::compact(json::Value(number)));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->to_number<double>(), number);
  }
  EXPECT_EQ(json::parse("18446744073709551615")->as_uint64(), UINT64_MAX);
}

}  // namespace
}  // namespace outrider
