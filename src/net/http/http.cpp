#include "net/http/http.h"

#include <algorithm>
#include <boost/json.hpp>

#include "net/http/text.h"

namespace outrider::net {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool HeaderLess::operator()(std::string_view a, std::string_view b) const {
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

HttpResponse HttpResponse::text(int status, std::string body, std::string_view content_type) {
  HttpResponse out;
  out.status = status;
  out.headers.emplace("Content-Type", content_type);
  out.body.assign(body.begin(), body.end());
  return out;
}

int http_status(Errc code) {
  switch (code) {
    case Errc::malformed:
      return 400;
    case Errc::too_large:
      return 413;
    case Errc::unauthenticated:
      return 401;
    case Errc::forbidden:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::expired:
      return 410;
    case Errc::overloaded:
      return 429;
    case Errc::unavailable:
      return 503;
    case Errc::corrupt:
    case Errc::internal:
      return 500;
  }
  return 500;
}

HttpResponse problem(const Error& error) {
  const int status = http_status(error.code);
  const std::string title(reason_phrase(status));
  boost::json::object body{{"type", "about:blank"},
                           {"title", title},
                           {"status", status},
                           {"detail", error.detail},
                           {"reason", error.reason}};
  return HttpResponse::text(status, boost::json::serialize(body), "application/problem+json");
}

}  // namespace outrider::net
