#include "base/ids.h"

#include <fmt/format.h>

namespace outrider {
namespace {
bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
}  // namespace

Result<std::string> check_id(std::string_view what, std::string_view text) {
  if (text.empty()) return fail(Errc::malformed, "bad-id", fmt::format("{} id is empty", what));
  if (text.size() > id_bytes_max) {
    return fail(Errc::malformed, "bad-id",
                fmt::format("{} id is {} bytes long; at most {}", what, text.size(), id_bytes_max));
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool edge = i == 0 || i + 1 == text.size();
    if (alphanumeric(c) || (!edge && (c == '.' || c == '_' || c == '-'))) continue;
    return fail(
        Errc::malformed, "bad-id",
        fmt::format(
            "{} id has a character at position {} that is not allowed; use letters, digits, and '.', '_', '-' inside",
            what, i + 1));
  }
  if (text == "me")
    return fail(Errc::malformed, "bad-id",
                fmt::format("'me' cannot be a {} id: it stands for the caller itself", what));
  return std::string(text);
}

}  // namespace outrider
