#pragma once
// TLS 1.3 records and the messages that may travel in them after a handshake (RFC 8446, 4.6, 5 and 6), as pure
// functions on bytes.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "base/bytes.h"

namespace outrider::net::tls {

enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};

enum class HandshakeType : std::uint8_t {
  new_session_ticket = 4,
  key_update = 24,
};

// Section 6; those of earlier versions are unknown here, and an unknown alert is an error alert.
enum class AlertDescription : std::uint8_t {
  close_notify = 0,
  unexpected_message = 10,
  bad_record_mac = 20,
  record_overflow = 22,
  handshake_failure = 40,
  bad_certificate = 42,
  unsupported_certificate = 43,
  certificate_revoked = 44,
  certificate_expired = 45,
  certificate_unknown = 46,
  illegal_parameter = 47,
  unknown_ca = 48,
  access_denied = 49,
  decode_error = 50,
  decrypt_error = 51,
  protocol_version = 70,
  insufficient_security = 71,
  internal_error = 80,
  inappropriate_fallback = 86,
  user_canceled = 90,
  missing_extension = 109,
  unsupported_extension = 110,
  unrecognized_name = 112,
  bad_certificate_status_response = 113,
  unknown_psk_identity = 115,
  certificate_required = 116,
  no_application_protocol = 120,
};
// "bad_record_mac"; "unknown" for what section 6 does not list.
std::string_view name_of(AlertDescription alert);

inline constexpr std::size_t header_bytes = 5;
inline constexpr std::size_t plaintext_bytes_max = 1U << 14U;                   // 5.1
inline constexpr std::size_t ciphertext_bytes_max = plaintext_bytes_max + 256;  // 5.2
inline constexpr std::size_t record_bytes_max = header_bytes + ciphertext_bytes_max;
inline constexpr std::size_t tag_bytes = 16;  // of every AEAD of our policies
// What a record adds to its content: header, content type, tag.
inline constexpr std::size_t record_overhead_bytes = header_bytes + 1 + tag_bytes;

// What the peer did wrong, and the alert that section 5 or 6 wants for it.
struct Breach {
  AlertDescription alert;
  std::string_view what;
};
template <class T>
using Parsed = std::expected<T, Breach>;

// Looks at the first record of `bytes`: its whole size with header, or 0 when it is not all there yet.
// After the handshake every record is protected; anything else is refused (5, 5.2; 5.1 for the length).
Parsed<std::size_t> whole_record(ByteView bytes);

// The header of a protected record with so many bytes of ciphertext, which is also its additional data (5.2).
void put_header(std::uint8_t* out, std::size_t ciphertext_bytes);

struct InnerPlaintext {
  ContentType type;
  ByteView content;
};
// TLSInnerPlaintext: content, type, zeros (5.4). Refuses what section 5 forbids after a handshake, whoever sent it:
// types other than alert, handshake and application data, and empty fragments of the first two.
Parsed<InnerPlaintext> parse_inner(ByteView plaintext);

// Exactly one alert in a record (5.1). The level is of no meaning in TLS 1.3 (6).
Parsed<AlertDescription> parse_alert(ByteView content);

enum class KeyUpdateRequest : std::uint8_t { update_not_requested = 0, update_requested = 1 };
inline constexpr std::size_t handshake_header_bytes = 4;
inline constexpr std::size_t key_update_bytes = handshake_header_bytes + 1;

struct HandshakeHeader {
  HandshakeType type;
  std::size_t length;
};
// `bytes` has at least handshake_header_bytes. Refuses every message that the peer may not send now: a client only
// KeyUpdate, a server also NewSessionTicket (4.6; we never offer post_handshake_auth).
Parsed<HandshakeHeader> parse_handshake_header(ByteView bytes, bool from_server);
// Of a message with its header, as long as that says.
Parsed<KeyUpdateRequest> parse_key_update(ByteView message);
void put_key_update(std::uint8_t* out, KeyUpdateRequest request);

}  // namespace outrider::net::tls
