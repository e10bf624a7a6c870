#include "fleet/history/reading_content.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace outrider::fleet {
namespace {

using Values = std::vector<NamedValue>;

std::string text_of(const Values& values) {
  std::string out;
  encode_readings(values, out);
  return out;
}

TEST(ReadingContent, ReadsBackAsWhatWasWritten) {
  const Values values{{1, 21.5},
                      {2, -8.475833},
                      {3, true},
                      {4, false},
                      {5, std::string("a \"b\"\n\xC3\xA9")},
                      {6, 1e300},
                      {7, 48.0},
                      {8, std::string("")},
                      {9, std::numeric_limits<double>::denorm_min()},
                      {10, 9007199254740993.0}};
  EXPECT_EQ(decode_readings(text_of(values)).value(), values);
  EXPECT_EQ(text_of({{1, 21.5}, {12, true}, {13, std::string("x")}}), R"([1,21.5,12,true,13,"x"])");
}

TEST(ReadingContent, KeepsTheSignOfZero) {
  const auto back = decode_readings(text_of({{1, -0.0}})).value();
  EXPECT_TRUE(std::signbit(std::get<double>(back.front().value)));
}

TEST(ReadingContent, AppendsToWhatIsThere) {
  std::string out = "x";
  encode_readings({{1, 2.5}, {2, 3.5}}, out);
  EXPECT_EQ(out, "x[1,2.5,2,3.5]");
}

TEST(ReadingContent, KnowsARowThatIsDamaged) {
  for (const char* text : {"", "[", "[1]", "[1,null]", "[\"1\",2]", "{}", "[1,[2]]", "[1.5,2]", "[1,2]x"})
    EXPECT_EQ(decode_readings(text).error().reason, "database-corrupt") << text;
}

}  // namespace
}  // namespace outrider::fleet
