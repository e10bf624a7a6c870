#include "base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace outrider {

std::string_view name_of(Errc code) {
  switch (code) {
    case Errc::malformed:
      return "malformed";
    case Errc::too_large:
      return "too-large";
    case Errc::unauthenticated:
      return "unauthenticated";
    case Errc::forbidden:
      return "forbidden";
    case Errc::not_found:
      return "not-found";
    case Errc::conflict:
      return "conflict";
    case Errc::expired:
      return "expired";
    case Errc::overloaded:
      return "overloaded";
    case Errc::unavailable:
      return "unavailable";
    case Errc::corrupt:
      return "corrupt";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::text() const {
  std::string out = detail;
  if (context.empty()) return out;
  out += " (";
  for (std::size_t i = 0; i < context.size(); ++i) {
    if (i != 0) out += "; ";
    out += context[i];
  }
  return out + ")";
}

Error system_error(std::string_view what, std::string_view object, int error_number) {
  Errc code = Errc::unavailable;
  if (error_number == ENOENT) code = Errc::not_found;
  if (error_number == EACCES || error_number == EPERM) code = Errc::forbidden;
  if (error_number == EEXIST) code = Errc::conflict;
  return {code, fmt::format("{} {}: {}", what, object, std::generic_category().message(error_number))};
}

}  // namespace outrider
