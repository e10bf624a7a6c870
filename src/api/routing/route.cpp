#include "api/routing/route.h"

#include <optional>

namespace outrider::api {
namespace {

// What `path` says for the template; nullopt when it is another path.
std::optional<Call::Parameters> fits(std::string_view pattern, std::string_view path) {
  Call::Parameters parameters;
  while (!pattern.empty() && !path.empty()) {
    if (pattern.front() != '/' || path.front() != '/') return std::nullopt;
    pattern.remove_prefix(1);
    path.remove_prefix(1);
    const std::string_view wanted = pattern.substr(0, pattern.find('/'));
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty()) return std::nullopt;
    if (wanted.starts_with('{')) {
      parameters.emplace(wanted.substr(1, wanted.size() - 2), part);
    } else if (wanted != part) {
      return std::nullopt;
    }
    pattern.remove_prefix(wanted.size());
    path.remove_prefix(part.size());
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

}  // namespace

Match match(std::span<const Route> table, std::string_view method, std::string_view path) {
  Match out;
  // A fixed part wins over a parameter ("/entries/stream" over "/entries/{number}"): the table lists it first.
  for (const Route& route : table) {
    auto parameters = fits(route.path, path);
    if (!parameters) continue;
    out.methods.push_back(route.method);
    if (out.route == nullptr && route.method == method) {
      out.route = &route;
      out.path = *std::move(parameters);
    }
  }
  return out;
}

}  // namespace outrider::api
