#include "api/routing/call.h"

#include <gtest/gtest.h>

#include "api/routing/workers.h"

namespace outrider::api {
namespace {

using namespace std::chrono_literals;

const Timestamp noon = from_micros(1'800'000'000'000'000);

Call call_with(std::map<std::string, std::string, std::less<>> query, Call::Parameters path = {}) {
  net::HttpRequest request;
  request.query = std::move(query);
  return Call(std::move(request), std::move(path), {.by = "local:0", .role = Role::admin}, noon);
}

TEST(Call, AMomentMayBeADurationBeforeNow) {
  EXPECT_EQ(**call_with({{"since", "2h"}}).moment("since"), noon - 2h);
  EXPECT_EQ(**call_with({{"since", "2026-11-22T12:00:00Z"}}).moment("since"), *from_rfc3339("2026-11-22T12:00:00Z"));
  EXPECT_FALSE(*call_with({}).moment("since"));
  EXPECT_EQ(call_with({{"since", "soon"}}).moment("since").error().reason, "bad-parameter");
}

TEST(Call, NumbersAreWholeAndBounded) {
  EXPECT_EQ(*call_with({}).limit(), limit_default);
  EXPECT_EQ(*call_with({{"limit", "1000"}}).limit(), 1000U);
  for (const char* text : {"", "0", "1001", "1.5", " 1", "+1", "0x10", "18446744073709551616"})
    EXPECT_FALSE(call_with({{"limit", text}}).limit()) << text;
}

TEST(Call, PartsOfThePathAreChecked) {
  EXPECT_TRUE(call_with({}, {{"fleet", "acme"}}).fleet());
  EXPECT_EQ(call_with({}, {{"fleet", "server"}}).fleet().error().reason, "reserved-fleet");
  EXPECT_TRUE(call_with({}, {{"fleet", "server"}}).log());
  EXPECT_FALSE(call_with({}, {{"fleet", ".."}}).log());
  EXPECT_FALSE(call_with({}, {{"device", "me"}}).device());
  EXPECT_FALSE(call_with({}, {{"number", "7x"}}).number());
  EXPECT_FALSE(call_with({}, {{"serial", std::string(text_bytes_max + 1, '0')}}).part("serial"));
}

TEST(Call, ADurationOfABodyHasBounds) {
  EXPECT_EQ(*duration_between("life", std::nullopt, 7s, 1s, 10s), 7s);
  EXPECT_EQ(*duration_between("life", "2s", 7s, 1s, 10s), 2s);
  for (const char* text : {"500ms", "11s", "x", ""}) EXPECT_FALSE(duration_between("life", text, 7s, 1s, 10s)) << text;
}

TEST(Gate, OneIsInsideAtATime) {
  Gate gate;
  auto pass = gate.enter();
  ASSERT_TRUE(pass);
  EXPECT_FALSE(gate.enter());
  pass.reset();
  EXPECT_TRUE(gate.enter());
}

}  // namespace
}  // namespace outrider::api
