#pragma once
// COSE_Sign1 (RFC 9052, 4.2): one signature around some bytes. Codec only; who may sign is judged elsewhere.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.h"

namespace outrider::wire::cose {

inline constexpr std::uint64_t sign1_tag = 18;  // RFC 9052, 2

// Header parameters (RFC 9052, 3.1).
inline constexpr std::int64_t label_alg = 1;
inline constexpr std::int64_t label_crit = 2;
inline constexpr std::int64_t label_content_type = 3;
inline constexpr std::int64_t label_kid = 4;
// Our own, the first two of the range that RFC 9052, 3.1 leaves to private use (below -65536): how often the signer has
// started, and which of its messages since then this is.
inline constexpr std::int64_t label_boot_count = -65537;
inline constexpr std::int64_t label_number = -65538;

// A header of ours takes 60 bytes; certificates inside (RFC 9360) are not ours to carry.
inline constexpr std::size_t header_bytes_max = 256;
inline constexpr std::size_t header_labels_max = 16;
inline constexpr std::size_t key_id_bytes_max = 32;  // a SHA-256
inline constexpr std::size_t content_type_bytes_max = 128;
inline constexpr std::size_t signature_bytes_max = 132;  // ES512, the longest of RFC 9053, 2

// The parameters that somebody here understands. Others are passed over unless they are critical.
struct Headers {
  std::optional<std::int64_t> algorithm;                                 // RFC 9053, 2
  std::optional<std::variant<std::uint64_t, std::string>> content_type;  // CoAP Content-Format, or media type
  std::optional<Bytes> key_id;
  std::optional<std::uint64_t> boot_count;
  std::optional<std::uint64_t> number;
  std::size_t labels = 0;  // how many parameters there are, the others counted

  bool operator==(const Headers&) const = default;
};

struct Sign1 {
  bool tagged = false;
  Bytes protected_bytes;  // as received: what is signed (RFC 9052, 4.4)
  Headers protected_headers;
  Headers unprotected_headers;
  std::optional<Bytes> payload;  // nothing: it travels elsewhere
  Bytes signature;

  bool operator==(const Sign1&) const = default;
};

// Reasons: "bad-cose", "must-understand" (RFC 9052, 3.1: crit), "bad-cbor". Refused: a label twice in one bucket or in
// both (3), protected headers that are more than one map, longer than header_bytes_max, indefinite lengths, tags
// inside, anything behind the message.
Result<Sign1> parse_sign1(ByteView message);

// The Sig_structure (RFC 9052, 4.4) of a message without external data: what the signature is over.
Bytes to_be_signed(ByteView protected_bytes, ByteView payload);

// Protected headers in the deterministic encoding (RFC 8949, 4.2.1).
Bytes encode_headers(const Headers& headers);
// Tagged, with an empty unprotected bucket, deterministically encoded.
Bytes encode_sign1(ByteView protected_bytes, ByteView payload, ByteView signature);

}  // namespace outrider::wire::cose
