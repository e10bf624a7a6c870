#include "net/tls/record/record.h"

#include <algorithm>
#include <array>
#include <utility>

namespace outrider::net::tls {

namespace {

using Alert = AlertDescription;

constexpr std::array<std::pair<Alert, std::string_view>, 27> alert_names{{
    {Alert::close_notify, "close_notify"},
    {Alert::unexpected_message, "unexpected_message"},
    {Alert::bad_record_mac, "bad_record_mac"},
    {Alert::record_overflow, "record_overflow"},
    {Alert::handshake_failure, "handshake_failure"},
    {Alert::bad_certificate, "bad_certificate"},
    {Alert::unsupported_certificate, "unsupported_certificate"},
    {Alert::certificate_revoked, "certificate_revoked"},
    {Alert::certificate_expired, "certificate_expired"},
    {Alert::certificate_unknown, "certificate_unknown"},
    {Alert::illegal_parameter, "illegal_parameter"},
    {Alert::unknown_ca, "unknown_ca"},
    {Alert::access_denied, "access_denied"},
    {Alert::decode_error, "decode_error"},
    {Alert::decrypt_error, "decrypt_error"},
    {Alert::protocol_version, "protocol_version"},
    {Alert::insufficient_security, "insufficient_security"},
    {Alert::internal_error, "internal_error"},
    {Alert::inappropriate_fallback, "inappropriate_fallback"},
    {Alert::user_canceled, "user_canceled"},
    {Alert::missing_extension, "missing_extension"},
    {Alert::unsupported_extension, "unsupported_extension"},
    {Alert::unrecognized_name, "unrecognized_name"},
    {Alert::bad_certificate_status_response, "bad_certificate_status_response"},
    {Alert::unknown_psk_identity, "unknown_psk_identity"},
    {Alert::certificate_required, "certificate_required"},
    {Alert::no_application_protocol, "no_application_protocol"},
}};

std::unexpected<Breach> breach(Alert alert, std::string_view what) {
  return std::unexpected(Breach{alert, what});
}

}  // namespace

std::string_view name_of(AlertDescription alert) {
  const auto* const found = std::ranges::find(alert_names, alert, &std::pair<Alert, std::string_view>::first);
  return found == alert_names.end() ? "unknown" : found->second;
}

Parsed<std::size_t> whole_record(ByteView bytes) {
  if (bytes.empty()) return 0;
  // 5: a change_cipher_spec is tolerated until the peer's Finished, and we begin after it.
  if (bytes[0] != static_cast<std::uint8_t>(ContentType::application_data))
    return breach(Alert::unexpected_message, "a record that is not protected");
  if (bytes.size() < header_bytes) return 0;
  // legacy_record_version "MUST be ignored for all purposes" (5.1).
  const std::size_t length = static_cast<std::size_t>(bytes[3]) << 8U | bytes[4];
  if (length > ciphertext_bytes_max) return breach(Alert::record_overflow, "a record that is too long");
  if (length < tag_bytes) return breach(Alert::bad_record_mac, "a record too short to be authentic");
  return bytes.size() < header_bytes + length ? 0 : header_bytes + length;
}

void put_header(std::uint8_t* out, std::size_t ciphertext_bytes) {
  out[0] = static_cast<std::uint8_t>(ContentType::application_data);
  out[1] = 3;  // legacy_record_version (5.2)
  out[2] = 3;
  out[3] = static_cast<std::uint8_t>(ciphertext_bytes >> 8U);
  out[4] = static_cast<std::uint8_t>(ciphertext_bytes);
}

Parsed<InnerPlaintext> parse_inner(ByteView plaintext) {
  if (plaintext.size() > plaintext_bytes_max + 1)
    return breach(Alert::record_overflow, "more content than a record may hold");
  std::size_t size = plaintext.size();
  while (size > 0 && plaintext[size - 1] == 0) --size;
  if (size == 0) return breach(Alert::unexpected_message, "a record without a content type");
  const InnerPlaintext inner{static_cast<ContentType>(plaintext[size - 1]), plaintext.first(size - 1)};
  switch (inner.type) {
    case ContentType::application_data:
      return inner;
    case ContentType::alert:
    case ContentType::handshake:
      if (inner.content.empty()) return breach(Alert::unexpected_message, "an empty alert or handshake record");
      return inner;
    default:
      return breach(Alert::unexpected_message, "a content type that has no place here");
  }
}

Parsed<AlertDescription> parse_alert(ByteView content) {
  if (content.size() != 2) return breach(Alert::decode_error, "an alert record that is not one alert");
  return static_cast<AlertDescription>(content[1]);
}

Parsed<HandshakeHeader> parse_handshake_header(ByteView bytes, bool from_server) {
  const auto type = static_cast<HandshakeType>(bytes[0]);
  const std::size_t length =
      static_cast<std::size_t>(bytes[1]) << 16U | static_cast<std::size_t>(bytes[2]) << 8U | bytes[3];
  const bool expected = type == HandshakeType::key_update || (type == HandshakeType::new_session_ticket && from_server);
  if (!expected) return breach(Alert::unexpected_message, "a handshake message that has no place here");
  if (type == HandshakeType::key_update && length != 1)
    return breach(Alert::decode_error, "a KeyUpdate of wrong length");
  return HandshakeHeader{type, length};
}

Parsed<KeyUpdateRequest> parse_key_update(ByteView message) {
  const std::uint8_t request = message[handshake_header_bytes];
  if (request > 1) return breach(Alert::illegal_parameter, "a KeyUpdate with an unknown request");  // 4.6.3
  return static_cast<KeyUpdateRequest>(request);
}

void put_key_update(std::uint8_t* out, KeyUpdateRequest request) {
  out[0] = static_cast<std::uint8_t>(HandshakeType::key_update);
  out[1] = 0;
  out[2] = 0;
  out[3] = 1;
  out[4] = static_cast<std::uint8_t>(request);
}

}  // namespace outrider::net::tls
