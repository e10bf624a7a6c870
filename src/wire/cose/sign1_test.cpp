#include "wire/cose/sign1.h"

#include <gtest/gtest.h>

#include "wire/cbor/writer.h"

namespace outrider::wire::cose {
namespace {

Bytes raw(std::string_view digits) {
  return from_hex(digits).value();
}

// RFC 9052, C.2.1: one signature with ECDSA, key '11'.
const std::string rfc_example =
    "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106"
    "c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36";

TEST(CoseSign1, IsReadAsTheExampleOfTheSpecificationSays) {
  const auto read = parse_sign1(raw(rfc_example));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_TRUE(read->tagged);
  EXPECT_EQ(hex(read->protected_bytes), "a10126");
  EXPECT_EQ(read->protected_headers.algorithm, -7);
  EXPECT_EQ(read->unprotected_headers.key_id, to_bytes(as_bytes("11")));
  EXPECT_EQ(as_text(*read->payload), "This is the content.");
  EXPECT_EQ(read->signature.size(), 64U);
}

// RFC 9052, 4.4: [ "Signature1", body_protected, external_aad, payload ].
TEST(CoseSign1, SignsTheStructureOfTheSpecification) {
  EXPECT_EQ(hex(to_be_signed(raw("a10126"), as_bytes("This is the content."))),
            "846a5369676e61747572653143a101264054546869732069732074686520636f6e74656e742e");
}

TEST(CoseSign1, WritesHeadersInTheDeterministicOrder) {
  Headers headers;
  headers.algorithm = -8;
  headers.content_type = std::uint64_t{112};
  headers.key_id = raw("4f00a1");
  headers.boot_count = 7;
  headers.number = 1000;
  EXPECT_EQ(hex(encode_headers(headers)), "a5012703187004434f00a13a00010000073a000100011903e8");
  const auto read = parse_sign1(encode_sign1(encode_headers(headers), as_bytes("x"), raw("00ff")));
  ASSERT_TRUE(read);
  headers.labels = 5;
  EXPECT_EQ(read->protected_headers, headers);
}

TEST(CoseSign1, MayHaveItsPayloadElsewhere) {
  EXPECT_EQ(parse_sign1(raw("8440a0f640"))->payload, std::nullopt);
  EXPECT_FALSE(parse_sign1(raw("8440a0f640"))->tagged);
}

struct Bad {
  std::string_view name;
  std::string_view message;
  std::string_view reason;
};
std::ostream& operator<<(std::ostream& out, const Bad& bad) {
  return out << bad.name;
}

class CoseSign1Refuses : public ::testing::TestWithParam<Bad> {};

TEST_P(CoseSign1Refuses, WhatIsNoneOrNotSafeToRead) {
  const auto read = parse_sign1(raw(GetParam().message));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, GetParam().reason) << read.error().text();
}

INSTANTIATE_TEST_SUITE_P(
    Messages, CoseSign1Refuses,
    ::testing::Values(
        Bad{"Nothing", "", "bad-cbor"}, Bad{"AMap", "a0", "bad-cose"}, Bad{"ThreeParts", "8340a0f6", "bad-cose"},
        Bad{"FiveParts", "8540a0f64040", "bad-cose"}, Bad{"Indefinite", "9f40a0f640ff", "bad-cose"},
        Bad{"AnotherTag", "d18440a0f640", "bad-cose"}, Bad{"TwoTags", "d2d28440a0f640", "bad-cose"},
        Bad{"BytesBehind", "8440a0f64000", "bad-cbor"}, Bad{"Truncated", "8440a0f641", "bad-cbor"},
        Bad{"ProtectedIsNoMap", "844101a0f640", "bad-cose"}, Bad{"BytesBehindProtected", "8442a000a0f640", "bad-cbor"},
        Bad{"ProtectedOfIndefiniteLength", "8442bfffa0f640", "bad-cose"},
        Bad{"ProtectedTagged", "8442c0a0a0f640", "bad-cose"}, Bad{"LabelTwice", "8445a201260126a0f640", "bad-cose"},
        Bad{"LabelInBothBuckets", "8443a10126a10126f640", "bad-cose"},
        Bad{"TextLabelTwice", "8447a2616101616102a0f640", "bad-cose"},
        Bad{"TaggedValue", "8444a101c026a0f640", "bad-cose"}, Bad{"TaggedPayload", "8440a0c04040", "bad-cose"},
        Bad{"TaggedSignature", "8440a0f6c040", "bad-cose"}, Bad{"LabelIsBytes", "8443a14000a0f640", "bad-cbor"},
        Bad{"AlgorithmIsText", "8444a1016161a0f640", "bad-cose"}, Bad{"CritOfNothing", "8443a10280a0f640", "bad-cose"},
        Bad{"CritNotUnderstood", "8445a102811863a0f640", "must-understand"},
        Bad{"CritText", "8445a102816178a0f640", "must-understand"},
        Bad{"CritUnprotected", "8440a1028101f640", "bad-cose"},
        Bad{"KeyIdTooLong", "8440a1045821000000000000000000000000000000000000000000000000000000000000000000f640",
            "bad-cose"},
        Bad{"NumberNegative", "8447a13a0001000120a0f640", "bad-cbor"},
        Bad{"PayloadIsText", "8440a0616140", "bad-cbor"}),
    [](const auto& bad) { return std::string(bad.param.name); });

TEST(CoseSign1, TakesCriticalParametersThatItUnderstands) {
  EXPECT_TRUE(parse_sign1(raw("844ca201260283013a0001000004a0f640")));
}

TEST(CoseSign1, RefusesHeadersThatAreTooLongOrTooMany) {
  Bytes headers;
  cbor::Writer(headers).map(1).integer(99).bytes(Bytes(header_bytes_max));
  EXPECT_EQ(parse_sign1(encode_sign1(headers, {}, {})).error().reason, "bad-cose");
  Bytes many;
  cbor::Writer writer(many);
  writer.map(header_labels_max + 1);
  for (std::size_t i = 0; i <= header_labels_max; ++i) writer.unsigned_integer(100 + i).unsigned_integer(0);
  EXPECT_EQ(parse_sign1(encode_sign1(many, {}, {})).error().reason, "bad-cose");
  EXPECT_EQ(parse_sign1(encode_sign1({}, {}, Bytes(signature_bytes_max + 1))).error().reason, "bad-cose");
  Bytes open;
  cbor::Writer outer(open);
  outer.array(4).bytes({}).map(1).integer(99).bytes(Bytes(header_bytes_max)).bytes({}).bytes({});
  EXPECT_EQ(parse_sign1(open).error().reason, "bad-cose");
}

}  // namespace
}  // namespace outrider::wire::cose
