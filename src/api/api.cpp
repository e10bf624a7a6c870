#include "api/api.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "api/routing/route.h"
#include "base/log.h"
#include "base/suggest.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace outrider::api {
namespace {

constexpr std::string_view bearer = "Bearer ";
constexpr std::size_t token_bytes_max = 256;  // ours have 52; longer ones are not worth hashing
constexpr std::size_t token_random_bytes = 32;

// Only the owner of the data directory can open the local socket (directory 0700, socket 0600), and the server runs as
// it.
Caller local_caller() {
  return {.by = fmt::format("local:{}", ::getuid()), .role = Role::admin};
}

Result<Caller> caller_of(const House& house, const net::HttpRequest& request) {
  if (request.peer.local) return local_caller();
  const std::string_view header = request.header("Authorization");
  if (!header.starts_with(bearer))
    return fail(Errc::unauthenticated, "no-token", "send a token as 'Authorization: Bearer <token>'");
  const std::string_view token = header.substr(bearer.size());
  if (token.size() > token_bytes_max) return fail(Errc::unauthenticated, "unknown-token", "the token is not known");
  const auto known = house.registry.token_by_hash(token_hash(token));
  if (!known) {
    // Every failure to know somebody is a 401, whatever the registry calls it.
    return fail(Errc::unauthenticated, known.error().reason, known.error().detail);
  }
  return Caller{.by = "token:" + known->name, .role = Role::admin};
}

// RFC 9110, 15.5.6.
net::HttpResponse method_not_allowed(const std::vector<std::string_view>& methods) {
  std::string allowed;
  for (const auto method : methods) allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", method);
  const json::Object body{{"type", "about:blank"},
                          {"title", "Method Not Allowed"},
                          {"status", 405},
                          {"detail", fmt::format("this path takes {}", allowed)},
                          {"reason", "method-not-allowed"}};
  auto response = net::HttpResponse::text(405, json::compact(body), "application/problem+json");
  response.headers.emplace("Allow", allowed);
  return response;
}

Result<void> check_query(const Route& route, const net::HttpRequest& request) {
  for (const auto& [name, value] : request.query) {
    if (std::find(route.query.begin(), route.query.end(), name) != route.query.end()) continue;
    return fail(
        Errc::malformed, "unknown-parameter",
        fmt::format("{}: unknown parameter{}", name.substr(0, text_bytes_max), did_you_mean(name, route.query)));
  }
  return {};
}

net::HttpResponse refuse(const net::HttpRequest& request, const Error& error) {
  static log::Throttle throttle;
  std::uint64_t suppressed = 0;
  if (error.code == Errc::unauthenticated && throttle.allow(suppressed)) {
    log::warn("api: caller refused", {{"address", request.peer.address},
                                      {"path", request.path},
                                      {"reason", error.reason},
                                      {"suppressed", suppressed}});
  }
  if (error.code == Errc::internal || error.code == Errc::corrupt) {
    log::error("api: request failed", {{"method", request.method}, {"path", request.path}, {"detail", error.text()}});
  }
  auto response = net::problem(error);
  if (error.code == Errc::unauthenticated) response.headers.emplace("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

std::string token_hash(std::string_view token) {
  return hex(crypto::sha256(as_bytes(token)));
}

std::string make_token() {
  return "outrider_" + base64url(crypto::random_bytes(token_random_bytes));
}

net::Awaitable<net::HttpResponse> Api::handle(net::HttpRequest request) {
  // Kept for the refusal; the body goes along with the work.
  net::HttpRequest head = request;
  head.body.clear();
  auto work = [this, request = std::make_shared<net::HttpRequest>(std::move(request))] {
    return answer_to(std::move(*request));
  };
  auto answered = co_await workers_.run<net::HttpResponse>(std::move(work));
  if (!answered) co_return refuse(head, answered.error());
  co_return *std::move(answered);
}

Result<net::HttpResponse> Api::answer_to(net::HttpRequest request) {
  TRY(auto caller, caller_of(house_, request));
  std::string_view path = request.path;
  if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
  auto matched = match(routes(), request.method, path);
  if (matched.methods.empty()) return fail(Errc::not_found, "no-such-route", "there is no such path; see docs/api.md");
  if (matched.route == nullptr) return method_not_allowed(matched.methods);
  const Route& route = *matched.route;
  if (caller.role < route.role) return fail(Errc::forbidden, "role", "the token's role does not allow this");
  CHECK(check_query(route, request));
  const Call call(std::move(request), std::move(matched.path), std::move(caller), house_.clock.now());
  // Before anything else that may be wrong with the call; the server's own log is left to its handlers.
  if (route.path.starts_with("/fleets/{fleet}"))
    if (const auto fleet = call.fleet()) CHECK(house_.registry.fleet(*fleet));
  if (const auto* answer = std::get_if<Answer>(&route.handler)) return (*answer)(house_, call);
  return std::get<Stream>(route.handler)(house_, call, workers_);
}

}  // namespace outrider::api
