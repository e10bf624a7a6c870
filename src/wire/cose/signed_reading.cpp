#include "wire/cose/signed_reading.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/cose/sign1.h"

namespace outrider::wire::cose {
namespace {

// RFC 8428, 12.3: CoAP Content-Formats.
constexpr std::uint64_t content_format_json = 110;
constexpr std::uint64_t content_format_cbor = 112;

constexpr std::size_t serial_bytes_max = 21;  // RFC 5280, 4.1.2.2: 20 octets; with DER's leading zero 21
constexpr std::size_t hash_bytes = 32;

std::unexpected<Error> bad(std::string detail) {
  return fail(Errc::malformed, "bad-signed-reading", std::move(detail));
}

Result<Algorithm> algorithm_of(const Headers& headers) {
  if (!headers.algorithm) return bad("alg (label 1) is missing in the protected headers");
  for (const Algorithm known : {Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA})
    if (*headers.algorithm == static_cast<std::int64_t>(known)) return known;
  return bad(fmt::format("alg {} is none of ES256 (-7), ES384 (-35) and EdDSA (-8)", *headers.algorithm));
}

Result<Format> format_of(const Headers& headers) {
  if (!headers.content_type) return bad("content type (label 3) is missing in the protected headers");
  const auto* const number = std::get_if<std::uint64_t>(&*headers.content_type);
  const auto* const text = std::get_if<std::string>(&*headers.content_type);
  if (number != nullptr ? *number == content_format_json : *text == senml_json) return Format::json;
  if (number != nullptr ? *number == content_format_cbor : *text == senml_cbor) return Format::cbor;
  return bad(fmt::format("the content type is neither {} ({}) nor {} ({})", senml_json, content_format_json, senml_cbor,
                         content_format_cbor));
}

Result<void> check_key_id(const Headers& headers) {
  if (!headers.key_id) return bad("kid (label 4) is missing in the protected headers");
  const std::size_t size = headers.key_id->size();
  if ((size == 0 || size > serial_bytes_max) && size != hash_bytes)
    return bad("kid is neither a certificate's serial number nor the SHA-256 of a public key");
  return {};
}

Result<std::uint64_t> count_of(const std::optional<std::uint64_t>& header, std::uint64_t most, std::string_view name,
                               std::int64_t label) {
  if (!header) return bad(fmt::format("{} (label {}) is missing in the protected headers", name, label));
  if (*header > most) return bad(fmt::format("{} is more than {}", name, most));
  return *header;
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::ES256:
      return "ES256";
    case Algorithm::ES384:
      return "ES384";
    case Algorithm::EdDSA:
      return "EdDSA";
  }
  return "";
}

Bytes SignedReading::to_be_signed() const {
  return cose::to_be_signed(protected_bytes, payload);
}

Result<SignedReading> parse_signed_reading(ByteView message) {
  TRY(auto parsed, parse_sign1(message));
  if (parsed.unprotected_headers.labels != 0) return bad("there are headers that the signature does not protect");
  if (!parsed.payload) return bad("the payload is not inside");
  // What is around the signed parts is ours to fix: else a message could be made another without its signer.
  const Bytes again = encode_sign1(parsed.protected_bytes, *parsed.payload, parsed.signature);
  if (!std::ranges::equal(parsed.tagged ? ByteView(again) : ByteView(again).subspan(1), message))
    return bad("not in the deterministic encoding (RFC 8949, 4.2.1)");
  const Headers& headers = parsed.protected_headers;
  SignedReading out;
  TRY(out.algorithm, algorithm_of(headers));
  TRY(out.format, format_of(headers));
  CHECK(check_key_id(headers));
  TRY(out.boot_count, count_of(headers.boot_count, boot_count_max, "boot count", label_boot_count));
  TRY(out.number, count_of(headers.number, number_max, "number", label_number));
  out.key_id = *std::move(parsed.protected_headers.key_id);
  out.protected_bytes = std::move(parsed.protected_bytes);
  out.payload = *std::move(parsed.payload);
  out.signature = std::move(parsed.signature);
  return out;
}

Result<senml::Pack> open_pack(const SignedReading& reading, Timestamp received) {
  if (reading.format == Format::json) return senml::parse_json(as_text(reading.payload), received);
  return senml::parse_cbor(reading.payload, received);
}

Bytes protected_headers(const ReadingHeader& header) {
  Headers out;
  out.algorithm = static_cast<std::int64_t>(header.algorithm);
  out.content_type = header.format == Format::json ? content_format_json : content_format_cbor;
  out.key_id = header.key_id;
  out.boot_count = header.boot_count;
  out.number = header.number;
  return encode_headers(out);
}

}  // namespace outrider::wire::cose
