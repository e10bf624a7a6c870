#include "wire/websocket/handshake.h"

#include <algorithm>
#include <array>

namespace outrider::wire::websocket {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t key_bytes = 16;  // RFC 6455, 4.2.1

struct Status {
  std::string_view reason;
  std::string_view line;
};
constexpr std::array statuses{
    Status{"wrong-method", "405 Method Not Allowed\r\nAllow: GET"},
    Status{"not-a-websocket", "426 Upgrade Required\r\nUpgrade: websocket"},
    Status{"wrong-version", "426 Upgrade Required\r\nSec-WebSocket-Version: 13"},
    Status{"unknown-path", "404 Not Found"},
    Status{"origin-not-allowed", "403 Forbidden"},
    Status{"opening-timeout", "408 Request Timeout"},
};

std::unexpected<Error> refuse(std::string reason, std::string detail) {
  return fail(Errc::malformed, std::move(reason), std::move(detail));
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A list of RFC 9110, 5.6.1 has the token.
bool lists(std::string_view list, std::string_view token, bool exact_case) {
  for (;;) {
    const auto comma = list.find(',');
    const auto one = trimmed(list.substr(0, comma));
    if (exact_case ? one == token : same(one, token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

// Visible characters, spaces and tabs, or bytes of UTF-8.
bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || others.find(c) != std::string_view::npos;
  });
}

struct Headers {
  bool upgrade = false;
  bool connection = false;
  bool subprotocol_offered = false;
  std::optional<std::string_view> host, key, version, origin;
};

Result<void> set_once(std::optional<std::string_view>& field, std::string_view name, std::string_view value) {
  if (field) return refuse("bad-request", "the header " + std::string(name) + " stands there twice");
  field = value;
  return {};
}

Result<void> take_header(Headers& headers, std::string_view name, std::string_view value) {
  if (same(name, "Upgrade")) {
    headers.upgrade |= lists(value, "websocket", false);
  } else if (same(name, "Connection")) {
    headers.connection |= lists(value, "upgrade", false);
  } else if (same(name, "Sec-WebSocket-Protocol")) {
    headers.subprotocol_offered |= lists(value, subprotocol, true);
  } else if (same(name, "Host")) {
    return set_once(headers.host, name, value);
  } else if (same(name, "Sec-WebSocket-Key")) {
    return set_once(headers.key, name, value);
  } else if (same(name, "Sec-WebSocket-Version")) {
    return set_once(headers.version, name, value);
  } else if (same(name, "Origin")) {
    return set_once(headers.origin, name, value);
  } else if (same(name, "Transfer-Encoding") || (same(name, "Content-Length") && value != "0")) {
    return refuse("bad-request", "an opening handshake has no body");
  }
  return {};
}

// "GET /mqtt HTTP/1.1": the target.
Result<std::string_view> parse_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || line.substr(last + 1) != "HTTP/1.1")
    return refuse("bad-request", "the first line is not GET <path> HTTP/1.1");
  if (!is_token(line.substr(0, first))) return refuse("bad-request", "the method is not a token");
  if (line.substr(0, first) != "GET") return refuse("wrong-method", "a WebSocket begins with GET");
  const auto target = line.substr(first + 1, last - first - 1);
  if (!target.starts_with('/') || !is_field_value(target) || target.find(' ') != std::string_view::npos)
    return refuse("bad-request", "the target is not a path");
  return target;
}

Result<void> check_headers(const Headers& headers) {
  if (!headers.host) return refuse("bad-request", "the Host header is missing");
  if (!headers.upgrade || !headers.connection)
    return refuse("not-a-websocket", "this port speaks MQTT over WebSocket; the request is none");
  if (headers.version != "13") return refuse("wrong-version", "Sec-WebSocket-Version is not 13");
  const auto nonce = headers.key ? from_base64(*headers.key) : Result<Bytes>(refuse("bad-request", ""));
  if (!nonce || nonce->size() != key_bytes)
    return refuse("bad-request", "Sec-WebSocket-Key is not the base64 of 16 bytes");
  // MQTT 5, 6.0-3
  if (!headers.subprotocol_offered)
    return refuse("wrong-subprotocol", "the client does not offer the subprotocol mqtt");
  return {};
}

}  // namespace

std::optional<std::size_t> end_of_head(std::string_view bytes) {
  const auto at = bytes.find("\r\n\r\n");
  if (at == std::string_view::npos) return std::nullopt;
  return at + 4;
}

Result<OpeningRequest> parse_opening(std::string_view head) {
  if (head.size() > head_bytes_max) return refuse("bad-request", "the head is too long");
  if (end_of_head(head) != head.size()) return refuse("bad-request", "the head does not end where it should");
  head.remove_suffix(line_end.size());
  const auto next_line = [&] {
    const auto end = head.find(line_end);
    const auto line = head.substr(0, end);
    head.remove_prefix(end + line_end.size());
    return line;
  };
  TRY(const auto target, parse_request_line(next_line()));
  Headers headers;
  for (std::size_t lines = 0; !head.empty(); ++lines) {
    if (lines == head_lines_max) return refuse("bad-request", "too many header lines");
    const auto line = next_line();
    const auto colon = line.find(':');
    // No white space before the colon, no line folding (RFC 9112, 5.1 and 5.2).
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return refuse("bad-request", "a header line is not <name>: <value>");
    const auto value = trimmed(line.substr(colon + 1));
    if (!is_field_value(value)) return refuse("bad-request", "a header has a control character");
    CHECK(take_header(headers, line.substr(0, colon), value));
  }
  CHECK(check_headers(headers));
  OpeningRequest out;
  out.path = target.substr(0, target.find('?'));
  if (headers.origin) out.origin = *headers.origin;
  out.key = *headers.key;
  return out;
}

bool origin_allowed(const std::optional<std::string>& origin, const std::vector<std::string>& allowed) {
  if (!origin) return true;
  return std::ranges::any_of(allowed, [&](const std::string& one) { return same(one, *origin); });
}

std::string opening_response(std::string_view accept) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         std::string(accept) + "\r\nSec-WebSocket-Protocol: " + std::string(subprotocol) + "\r\n\r\n";
}

std::string refusal_response(const Error& error) {
  const auto found = std::ranges::find(statuses, error.reason, &Status::reason);
  const std::string_view line = found == statuses.end() ? "400 Bad Request" : found->line;
  const std::string body = error.reason + ": " + error.detail + "\n";
  return "HTTP/1.1 " + std::string(line) +
         "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace outrider::wire::websocket
