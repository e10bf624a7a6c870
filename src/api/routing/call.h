#pragma once
// One request on its way through a handler: who asks, and what the path, the query and the body say. Every parameter is
// read through here, with its bound; what is wrong is an Error that names the parameter.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "net/http/http.h"

namespace outrider::api {

inline constexpr std::size_t limit_default = 100;
inline constexpr std::size_t limit_max = 1000;      // of any list: about a megabyte of JSON
inline constexpr std::size_t text_bytes_max = 256;  // of a query parameter; ids and cursors are shorter

// What one may do. Each role includes those before it.
enum class Role : std::uint8_t { viewer, operator_, admin };

// Who asks.
struct Caller {
  std::string by;  // "local:<uid>", "token:<name>": stands in the entries of what it changes
  Role role = Role::viewer;
};

class Call {
 public:
  using Parameters = std::map<std::string, std::string, std::less<>>;

  Call(net::HttpRequest request, Parameters path, Caller caller, Timestamp now)
      : request_(std::move(request)), path_(std::move(path)), caller_(std::move(caller)), now_(now) {}

  const net::HttpRequest& request() const { return request_; }
  const std::string& by() const { return caller_.by; }
  Timestamp now() const { return now_; }

  // Parts of the path: {fleet}, {device}, {profile}, {number}; `part` gives any other as text.
  // The server's own log is refused by fleet() (reserved-fleet) and taken by log().
  Result<FleetId> fleet() const;
  Result<FleetId> log() const;
  Result<DeviceId> device() const;
  Result<ProfileId> profile() const;
  Result<std::uint64_t> number() const;
  Result<std::string> part(std::string_view name) const;

  // Query parameters.
  bool has(std::string_view name) const { return request_.query.contains(name); }
  Result<std::string> text(std::string_view name) const;  // empty when absent
  Result<std::size_t> limit(std::size_t most = limit_max) const;
  Result<std::optional<std::uint64_t>> integer(std::string_view name) const;
  Result<std::optional<bool>> flag(std::string_view name) const;
  Result<std::optional<Timestamp>> moment(std::string_view name) const;  // RFC 3339, or a duration before now

  // The body as a described struct; an empty body is an empty object. unsupported media types are refused.
  template <class T>
  Result<T> body() const {
    TRY(const auto value, json_body());
    return json::to<T>(value);
  }

 private:
  Result<json::Value> json_body() const;

  net::HttpRequest request_;
  Parameters path_;
  Caller caller_;
  Timestamp now_;
};

// How long enrolment codes may work.
inline constexpr std::chrono::milliseconds code_life_min = std::chrono::minutes{1};
inline constexpr std::chrono::milliseconds code_life_max = std::chrono::hours{24 * 365};

// A duration in a body ("7d") within bounds; `fallback` when absent.
Result<std::chrono::milliseconds> duration_between(std::string_view name, const std::optional<std::string>& text,
                                                   std::chrono::milliseconds fallback, std::chrono::milliseconds least,
                                                   std::chrono::milliseconds most);
// A text in a body, not empty and no longer than `bytes_max`.
Result<void> check_text(std::string_view name, std::string_view text, std::size_t bytes_max);

// Responses.
net::HttpResponse answer(const json::Value& value, int status = 200);
// {"items": […], "next": …}
net::HttpResponse answer_list(json::Array items, std::optional<std::string> next = std::nullopt);

}  // namespace outrider::api
