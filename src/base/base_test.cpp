#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include "base/json.h"
#include "base/file.h"
#include "base/log.h"
namespace outrider {
struct P { std::string a; std::optional<int> b; std::vector<std::uint32_t> c; DeviceId id; Timestamp t; };
BOOST_DESCRIBE_STRUCT(P, (), (a, b, c, id, t))
TEST(Json, RoundTrip) {
  P p{"x", 3, {1,2}, DeviceId("d-1"), from_micros(1234567)};
  auto r = json::read<P>(json::write(p));
  ASSERT_TRUE(r) << r.error().text();
  EXPECT_EQ(r->t, p.t);
  auto bad = json::read<P>(R"({"a":"x","id":"d","t":"2026-01-01T00:00:00Z","bb":1})");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().detail, "bb: unknown key (did you mean 'b'?)");
}
}
