#pragma once
// The routes as data: the table that requests are matched against, and that documents are made from.
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "api/house.h"
#include "api/routing/call.h"
#include "net/http/http.h"

namespace outrider::api {

inline constexpr std::string_view prefix = "/api/v1";

class Workers;

// Answers at once. Runs on a worker and may block (disk, durability).
using Answer = Result<net::HttpResponse> (*)(const House&, const Call&);
// Answers with a stream, which asks the workers for each of its pieces.
using Stream = Result<net::HttpResponse> (*)(const House&, const Call&, Workers&);

struct Route {
  std::string_view method;
  std::string_view path;  // below the prefix; "{name}" stands for one part
  Role role;              // the least one that may
  std::string_view summary;
  std::vector<std::string_view> query;  // parameters it takes; others are refused
  std::variant<Answer, Stream> handler;
};

std::span<const Route> routes();

// The route of a request and what its path says; or the methods there are for the path (empty: no such path).
struct Match {
  const Route* route = nullptr;
  Call::Parameters path;
  std::vector<std::string_view> methods;
};
Match match(std::span<const Route> table, std::string_view method, std::string_view path);

}  // namespace outrider::api
