#pragma once
// The opening handshake of a WebSocket (RFC 6455, section 4) as a server reads and answers it. Strict: a browser or a
// client library sends all of it right, and what does not is not let in.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::wire::websocket {

inline constexpr std::size_t head_bytes_max = 8 * 1024;  // cookies of a browser included
inline constexpr std::size_t head_lines_max = 64;
inline constexpr std::string_view key_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3
inline constexpr std::string_view subprotocol = "mqtt";                                 // MQTT 5, 6.0-4

// Where the head of a request ends ("\r\n\r\n" included), or nothing when more bytes are needed.
std::optional<std::size_t> end_of_head(std::string_view bytes);

struct OpeningRequest {
  std::string path;  // without the query
  std::optional<std::string> origin;
  std::string key;  // Sec-WebSocket-Key, checked: base64 of 16 bytes
};

// The head, to its empty line. Reasons, each with the status of its answer: bad-request 400, wrong-method 405,
// not-a-websocket 426, wrong-version 426, wrong-subprotocol 400.
Result<OpeningRequest> parse_opening(std::string_view head);

// Is the page that a browser shows one that may connect? A request without Origin is no browser's.
bool origin_allowed(const std::optional<std::string>& origin, const std::vector<std::string>& allowed);

// `accept`: base64 of SHA-1 over the key and key_suffix.
std::string opening_response(std::string_view accept);
// For an Error of parse_opening, "unknown-path" (404), "origin-not-allowed" (403) or "opening-timeout" (408).
std::string refusal_response(const Error& error);

}  // namespace outrider::wire::websocket
