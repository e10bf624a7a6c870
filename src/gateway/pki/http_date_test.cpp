#include "gateway/pki/http_date.h"

#include <gtest/gtest.h>

namespace outrider::gateway::pki {
namespace {

TEST(HttpDate, IsTheFixedFormOfRfc9110) {
  EXPECT_EQ(to_http_date(*from_rfc3339("1994-11-06T08:49:37Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(to_http_date(*from_rfc3339("2026-02-28T23:59:59.999Z")), "Sat, 28 Feb 2026 23:59:59 GMT");
}

TEST(HttpDate, ReadsWhatItWrites) {
  const Timestamp at = *from_rfc3339("2028-02-29T00:00:00Z");
  EXPECT_EQ(from_http_date(to_http_date(at)), at);
}

TEST(HttpDate, AnythingElseIsNoDate) {
  for (const char* text :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 2026 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})
    EXPECT_FALSE(from_http_date(text)) << text;
}

}  // namespace
}  // namespace outrider::gateway::pki
