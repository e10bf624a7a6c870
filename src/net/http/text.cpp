#include "net/http/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>

#include "net/http/target.h"

namespace outrider::net {

namespace {

bool is_token(std::string_view text) {  // RFC 9110, 5.6.2
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.contains(c);
  });
}

bool is_field_value(std::string_view text) {  // RFC 9110, 5.5: no CR, LF or NUL, or a header could smuggle in another
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_ours(std::string_view name) {
  static const Headers ours{{"Content-Length", ""}, {"Transfer-Encoding", ""}, {"Connection", ""}, {"Host", ""}};
  return ours.contains(name);
}

}  // namespace

std::string_view reason_phrase(int status) {
  namespace http = boost::beast::http;
  const auto text = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

std::string response_head(const HttpResponse& response, BodyFraming framing, bool keep_alive) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  for (const auto& [name, value] : response.headers) {
    if (!is_ours(name) && is_token(name) && is_field_value(value)) out += fmt::format("{}: {}\r\n", name, value);
  }
  if (framing == BodyFraming::length) out += fmt::format("Content-Length: {}\r\n", response.body.size());
  if (framing == BodyFraming::chunked) out += "Transfer-Encoding: chunked\r\n";
  if (!keep_alive) out += "Connection: close\r\n";
  return out + "\r\n";
}

Result<std::string> request_head(const HttpRequest& request, std::string_view host, std::string_view bearer) {
  if (!is_token(request.method)) return fail(Errc::malformed, "bad-method", "bad HTTP method");
  std::string out =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, format_target(request.path, request.query), host);
  for (const auto& [name, value] : request.headers) {
    if (is_ours(name)) continue;
    if (!is_token(name) || !is_field_value(value))
      return fail(Errc::malformed, "bad-header", "bad HTTP header '" + name + "'");
    out += fmt::format("{}: {}\r\n", name, value);
  }
  if (!bearer.empty()) {
    if (!is_field_value(bearer)) return fail(Errc::malformed, "bad-token", "the token holds a line break");
    out += fmt::format("Authorization: Bearer {}\r\n", bearer);
  }
  const bool has_body =
      !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (has_body) out += fmt::format("Content-Length: {}\r\n", request.body.size());
  return out + "\r\n";
}

std::string chunk(std::string_view data) {
  return data.empty() ? "0\r\n\r\n" : fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

}  // namespace outrider::net
