#include "identity/enrolment/code.h"

#include <gtest/gtest.h>

#include <set>

#include "crypto/hash.h"

namespace outrider::identity {
namespace {

TEST(EnrolmentCode, IsLongUnambiguousAndDifferentEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto code = make_code();
    EXPECT_EQ(code.size(), 27U);
    EXPECT_EQ(code.find_first_of("ILOUilou"), std::string::npos);
    EXPECT_EQ(canonical_code(code), code);
    EXPECT_TRUE(seen.insert(code).second);
  }
}

TEST(EnrolmentCode, IsUnderstoodAsPeopleTypeIt) {
  const std::string code = "0123AB-CDEFGH-JKMNPQ-RSTVWX";
  EXPECT_EQ(canonical_code("0123ab cdefgh jkmnpq rstvwx"), code);
  EXPECT_EQ(canonical_code("oI23ABCDEFGHJKMNPQRSTVWX"), code);
  EXPECT_EQ(code_hash(DeviceId("t-1"), "0123abcdefghjkmnpqrstvwx"), code_hash(DeviceId("t-1"), code));
}

TEST(EnrolmentCode, ThatCannotBeOneIsNone) {
  for (const auto* typed : {"", "short", "0123AB-CDEFGH-JKMNPQ-RSTVW", "0123AB-CDEFGH-JKMNPQ-RSTVWXY",
                            "U123AB-CDEFGH-JKMNPQ-RSTVWX", "0123AB-CDEFGH-JKMNPQ-RSTVW\n"})
    EXPECT_EQ(canonical_code(typed), "") << typed;
  EXPECT_EQ(canonical_code(std::string(10'000, '-')), "");
}

TEST(EnrolmentCode, HashIsWhatTheFormatSaysAndBelongsToTheDevice) {
  using namespace std::string_literals;
  const std::string code = "0123AB-CDEFGH-JKMNPQ-RSTVWX";
  EXPECT_EQ(code_hash(DeviceId("t-1"), code), hex(crypto::sha256(as_bytes("outrider enrolment code\0t-1\0"s + code))));
  EXPECT_NE(code_hash(DeviceId("t-1"), code), code_hash(DeviceId("t-2"), code));
}

}  // namespace
}  // namespace outrider::identity
