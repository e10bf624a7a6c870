#include "net/http/target.h"

#include <array>
#include <cstdint>

#include "wire/utf8.h"

namespace outrider::net {

namespace {

std::unexpected<Error> bad(const char* why) {
  return fail(Errc::malformed, "bad-target", std::string("request target: ") + why);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Part : std::uint8_t { path, query };

Result<std::string> decode(std::string_view text, Part part) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    const bool escaped = c == '%';
    if (escaped) {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return bad("bad percent escape");
      c = static_cast<char>(high << 4 | low);
      i += 2;
    } else if (c == '+' && part == Part::query) {
      c = ' ';
    }
    if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F) return bad("control character");
    // An OCSP request in a path is base64 with its slashes escaped (RFC 6960, A.1). Elsewhere it would be a trick.
    if (escaped && c == '/' && part == Part::path && !out.starts_with("/ocsp/")) return bad("escaped slash");
    out.push_back(c);
  }
  if (!wire::valid_utf8(out)) return bad("not UTF-8");
  return out;
}

Result<void> check_segments(std::string_view path) {
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const auto segment = path.substr(begin, end - begin);
    if (segment == "." || segment == "..") return bad("dot segment");
    begin = end + 1;
  }
  return {};
}

bool is_unreserved(char c) {  // RFC 3986, 2.3
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void encode(std::string& out, std::string_view text, Part part) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c) || (c == '/' && part == Part::path)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    out.push_back('%');
    out.push_back(digits[byte >> 4U]);
    out.push_back(digits[byte & 15U]);
  }
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (text.size() > target_bytes_max) return fail(Errc::too_large, "target-too-long", "request target: too long");
  for (const std::string_view scheme : {"http://", "https://"}) {  // absolute-form: what counts is the path
    if (!text.starts_with(scheme)) continue;
    const std::size_t slash = text.find('/', scheme.size());
    if (slash == std::string_view::npos) return bad("no path");
    text.remove_prefix(slash);
    break;
  }
  if (!text.starts_with('/')) return bad("must begin with '/'");
  const std::size_t mark = text.find('?');
  Target out;
  TRY(out.path, decode(text.substr(0, mark), Part::path));
  CHECK(check_segments(out.path));
  if (mark == std::string_view::npos) return out;
  text.remove_prefix(mark + 1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    TRY(auto key, decode(pair.substr(0, equals), Part::query));
    TRY(auto value, decode(pair.substr(std::min(equals + 1, pair.size())), Part::query));
    if (out.query.size() == query_pairs_max) return bad("too many query parameters");
    if (!out.query.emplace(std::move(key), std::move(value)).second) return bad("query parameter given twice");
  }
  return out;
}

std::string format_target(std::string_view path, const std::map<std::string, std::string, std::less<>>& query) {
  std::string out;
  encode(out, path, Part::path);
  char separator = '?';
  for (const auto& [key, value] : query) {
    out.push_back(separator);
    separator = '&';
    encode(out, key, Part::query);
    out.push_back('=');
    encode(out, value, Part::query);
  }
  return out;
}

}  // namespace outrider::net
