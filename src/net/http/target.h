#pragma once
// The request target of HTTP (RFC 9112 section 3.2): origin-form and absolute-form.
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outrider::net {

inline constexpr std::size_t target_bytes_max = 8 * 1024;
inline constexpr std::size_t query_pairs_max = 64;

struct Target {
  std::string path;  // percent-decoded, UTF-8, begins with '/', no "." or ".." segments, no control characters
  std::map<std::string, std::string, std::less<>> query;
  bool operator==(const Target&) const = default;
};

// Refuses (malformed, "bad-target"): bad escapes, escaped '/' (it would move a segment's border), control characters,
// text that is not UTF-8, "." and ".." segments, a query key given twice, too many keys. In queries '+' is a space.
Result<Target> parse_target(std::string_view text);

// The other way: parse_target(format_target(x)) == x.
std::string format_target(std::string_view path, const std::map<std::string, std::string, std::less<>>& query);

}  // namespace outrider::net
