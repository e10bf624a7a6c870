#include "gateway/admission/line.h"

#include <gtest/gtest.h>

#include <string>

namespace outrider::gateway::admission {
namespace {

SourceKey source(std::uint64_t number) {
  return {SourceKey::Of::v4_network, number};
}

std::string order(Line<char>& line) {
  std::string out;
  while (const auto next = line.pop()) out += *next;
  return out;
}

TEST(Line, WithinASourceItIsFirstComeFirstServed) {
  Line<char> line;
  for (const char c : std::string("abc")) line.push(Class::full, source(1), c);
  EXPECT_EQ(line.size(), 3U);
  EXPECT_EQ(order(line), "abc");
  EXPECT_EQ(line.size(), 0U);
  EXPECT_FALSE(line.pop());
}

TEST(Line, ASourceWithManyDelaysTheOthersByOneEach) {
  Line<char> line;
  for (int i = 0; i < 5; ++i) line.push(Class::full, source(1), 'a');
  line.push(Class::full, source(2), 'b');
  line.push(Class::full, source(3), 'c');
  line.push(Class::full, source(2), 'b');
  EXPECT_EQ(order(line), "abcabaaa");
}

TEST(Line, WhoComesBackWithASessionGoesFirst) {
  Line<char> line;
  line.push(Class::full, source(1), 'f');
  line.push(Class::resuming, source(1), 'r');
  line.push(Class::resuming, source(2), 'r');
  EXPECT_EQ(order(line), "rrf");
}

TEST(Line, ButNeverShutsTheOthersOut) {
  Line<char> line;
  for (int i = 0; i < 20; ++i) line.push(Class::resuming, source(1), 'r');
  line.push(Class::full, source(2), 'f');
  line.push(Class::full, source(2), 'f');
  EXPECT_EQ(order(line), "rrrrrrrrfrrrrrrrrfrrrr");
}

TEST(Line, NobodyWaitsLongerThanItWasSaid) {
  for (const Class of : {Class::resuming, Class::full}) {
    for (const std::uint64_t whose : {1U, 2U, 9U}) {
      Line<char> line;
      for (int i = 0; i < 30; ++i) {
        line.push(Class::resuming, source(static_cast<std::uint64_t>(i % 3)), '.');
        line.push(Class::full, source(static_cast<std::uint64_t>(i % 5 == 0 ? 1 : 2)), '.');
      }
      const std::size_t said = line.ahead(of, source(whose));
      line.push(of, source(whose), '!');
      EXPECT_LE(order(line).find('!'), said) << static_cast<int>(of) << " " << whose;
    }
  }
}

TEST(Line, ANewSourceIsToldToWaitForOneOfEachOther) {
  Line<char> line;
  for (int i = 0; i < 1'000; ++i) line.push(Class::full, source(1), '.');
  EXPECT_EQ(line.ahead(Class::full, source(2)), 1U);
  EXPECT_EQ(line.ahead(Class::full, source(1)), 1'000U);
}

}  // namespace
}  // namespace outrider::gateway::admission
