#pragma once
// The operator edge: finds the route, asks who is calling, runs the handler on a worker, and turns what it says into
// HTTP.
//
// Life cycle: made after everything in the House, given to the HTTP servers as their handler, destroyed after they
// have stopped. Threads: handle() from any event loop.
#include "api/house.h"
#include "api/routing/workers.h"
#include "net/http/http.h"

namespace outrider::api {

class Api {
 public:
  explicit Api(House house) : house_(std::move(house)) {}

  // For paths below /api/v1.
  net::Awaitable<net::HttpResponse> handle(net::HttpRequest request);

 private:
  Result<net::HttpResponse> answer_to(net::HttpRequest request);

  const House house_;
  Workers workers_;
};

// The hash under which a token is stored: lower-case hex of SHA-256 over its text.
std::string token_hash(std::string_view token);
// 256 random bits, prefixed so that scanners for leaked secrets can tell what it is.
std::string make_token();

}  // namespace outrider::api
