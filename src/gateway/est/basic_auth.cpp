#include "gateway/est/basic_auth.h"

#include <algorithm>

namespace outrider::gateway::est {
namespace {

constexpr std::string_view scheme = "basic";
constexpr std::size_t header_bytes_max =
    1024;  // an id of 64 bytes and a code of 27, with room for other people's habits

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::unexpected<Error> broken(std::string detail) {
  return fail(Errc::malformed, "bad-authorization", std::move(detail));
}

}  // namespace

Result<BasicCredentials> parse_basic(std::string_view header) {
  const auto space = header.find(' ');
  const bool basic = std::ranges::equal(header.substr(0, space), scheme, {}, lower);
  if (!basic)
    return fail(Errc::unauthenticated, "no-code",
                "send the device's id and its enrolment code as HTTP Basic credentials");
  if (header.size() > header_bytes_max) return broken("the Authorization header is longer than 1 KiB");
  if (space == std::string_view::npos) return broken("the Authorization header has no credentials");
  auto decoded = from_base64(header.substr(space + 1));
  if (!decoded) return broken("the Basic credentials are not base64");
  const Secret both(*std::move(decoded));
  const std::string_view text = as_text(both.view());
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return broken("the Basic credentials have no colon between device id and code");
  return BasicCredentials{std::string(text.substr(0, colon)), Secret(text.substr(colon + 1))};
}

}  // namespace outrider::gateway::est
