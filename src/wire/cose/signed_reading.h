#pragma once
// A signed reading: SenML in a COSE_Sign1, everything that says something in the protected headers
// (docs/format/signed-reading.md).
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "wire/senml/senml.h"

namespace outrider::wire::cose {

inline constexpr std::string_view senml_json = "application/senml+json";
inline constexpr std::string_view senml_cbor = "application/senml+cbor";

// RFC 9053, 2.1 and 2.2.
enum class Algorithm : std::int8_t { ES256 = -7, ES384 = -35, EdDSA = -8 };
std::string_view name_of(Algorithm algorithm);

enum class Format : std::uint8_t { json, cbor };

// A device that starts once a second for a century counts less; a JSON number holds the other exactly.
inline constexpr std::uint64_t boot_count_max = 0xffff'ffff;
inline constexpr std::uint64_t number_max = (std::uint64_t{1} << 53U) - 1;

struct ReadingHeader {
  Algorithm algorithm = Algorithm::ES256;
  Format format = Format::cbor;
  Bytes key_id;  // the certificate's serial number (1 to 21 bytes), or SHA-256 of the SubjectPublicKeyInfo
  std::uint64_t boot_count = 0;
  std::uint64_t number = 0;

  bool operator==(const ReadingHeader&) const = default;
};

struct SignedReading : ReadingHeader {
  Bytes protected_bytes;
  Bytes payload;
  Bytes signature;

  Bytes to_be_signed() const;
};

// Strict: one reading has one encoding but for the order of its protected headers, and nothing that the signature does
// not cover. Reasons: those of parse_sign1; "bad-signed-reading" for a COSE_Sign1 that is none of ours, with the
// sentence that says which header.
Result<SignedReading> parse_signed_reading(ByteView message);
// The SenML inside, resolved.
Result<senml::Pack> open_pack(const SignedReading& reading, Timestamp received);

// To sign: the protected headers, the bytes to be signed, and with their signature the message.
Bytes protected_headers(const ReadingHeader& header);

}  // namespace outrider::wire::cose
