#include "facts/report_content.h"

#include <gtest/gtest.h>

#include "wire/cose/sign1.h"
#include "wire/cose/signed_reading.h"

namespace outrider::facts {
namespace {

const Timestamp now = from_micros(1'790'000'000'000'000);
constexpr std::string_view pack = R"([{"n":"temperature","u":"Cel","v":4}])";

Bytes message() {
  return wire::cose::encode_sign1(
      wire::cose::protected_headers(
          {.format = wire::cose::Format::json, .key_id = {0xe5}, .boot_count = 4, .number = 9}),
      as_bytes(pack), Bytes(64));
}

TEST(SignedContentType, SaysTrustAndDigest) {
  for (const Trust trust : {Trust::device_signed, Trust::device_signed_attested}) {
    for (const auto& digest : {std::optional<Bytes>(), std::optional(Bytes(32, 0xab))}) {
      const auto text = signed_content_type(trust, digest);
      // What the broker puts behind it (docs/format/broker.md) is none of ours.
      for (const auto& type :
           {text, text + "; exchange=\"0123456789abcdef-1\"", text + "; will=\"0123456789abcdef\""}) {
        const auto read = read_signed_content_type(type);
        ASSERT_TRUE(read) << type;
        EXPECT_EQ(read->trust, trust);
        EXPECT_EQ(read->digest, digest);
        EXPECT_LE(type.size(), 255U) << "an entry has room for no more";
      }
    }
  }
  EXPECT_EQ(signed_content_type(Trust::device_signed, std::nullopt),
            "application/cose; cose-type=\"cose-sign1\"; trust=device-signed");
}

TEST(SignedContentType, IsNothingThatADeviceMayClaim) {
  const std::string good = signed_content_type(Trust::device_signed, std::nullopt);
  for (const std::string& bad :
       {std::string("application/cose"), std::string("application/cose; cose-type=\"cose-sign1\""), good + "-fully",
        std::string("application/cose; cose-type=\"cose-sign1\"; trust=mutual-tls"), good + "; sha-256=abcd",
        " " + good})
    EXPECT_FALSE(read_signed_content_type(bad)) << bad;
}

TEST(ReportContent, IsTheSamePackHoweverItCame) {
  const auto plain = read_report("application/senml+json; exchange=\"1-2\"", as_bytes(pack), now);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->trust, Trust::mutual_tls);
  EXPECT_FALSE(plain->signature);
  const auto within = read_report(signed_content_type(Trust::device_signed_attested, std::nullopt), message(), now);
  ASSERT_TRUE(within) << within.error().text();
  EXPECT_EQ(within->pack, plain->pack);
  EXPECT_EQ(within->trust, Trust::device_signed_attested);
  EXPECT_EQ(within->signature->boot_count, 4U);
  EXPECT_EQ(within->signature->number, 9U);
  EXPECT_EQ(hex(within->signature->key_id), "e5");
}

TEST(ReportContent, IsNoneOfWhatWasNotVerified) {
  EXPECT_EQ(read_report("application/cose", message(), now).error().reason, "not-senml");
  EXPECT_EQ(read_report("application/octet-stream", as_bytes(pack), now).error().reason, "not-senml");
  EXPECT_EQ(read_report("", as_bytes(pack), now).error().reason, "not-senml");
}

}  // namespace
}  // namespace outrider::facts
