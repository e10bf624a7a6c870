#pragma once
// The server's HTTP API (docs/api.md) as the commands use it: JSON in, JSON out, refusals as errors.
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "net/http/http.h"

namespace outrider::cli {

using Query = std::map<std::string, std::string, std::less<>>;

// How requests travel; a test puts its own here. One thread.
class Transport {
 public:
  virtual ~Transport() = default;
  // Any answer is a value, an Error means there was none.
  virtual Result<net::HttpResponse> send(net::HttpRequest request) = 0;
  // Hands a 2xx body over piece by piece (false stops it); other answers come whole.
  virtual Result<net::HttpResponse> stream(net::HttpRequest request, std::function<bool(std::string_view)> piece) = 0;
  // Where to, for messages: "/var/lib/outrider/run/outrider.sock" or "https://host:8443".
  virtual std::string place() const = 0;
};

class Api {
 public:
  explicit Api(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  Result<json::Value> get(std::string_view path, Query query = {});
  Result<json::Value> post(std::string_view path, const json::Value& body);
  Result<json::Value> remove(std::string_view path);
  // Bodies that are not JSON.
  Result<std::string> get_text(std::string_view path, Query query = {}, std::string_view accept = "text/plain");
  Result<std::string> post_text(std::string_view path, std::string_view content_type, std::string_view body,
                                Query query = {});
  // Every page of a list, item by item, at most `items_max`; false from `item` stops.
  Result<void> each(std::string_view path, Query query, std::uint64_t items_max,
                    const std::function<bool(const json::Object&)>& item);
  // A stream of JSON documents, one a line; false from `line` stops. Returns when the server ends it.
  Result<void> lines(net::HttpRequest request, const std::function<Result<bool>(const json::Value&)>& line);
  // Work that takes a while: what it comes to, and `progress(done, total)` until then. `cut_off` is said when the
  // connection ends before (reason cut-off).
  Result<json::Object> report(std::string_view path, const json::Value& body,
                              const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                              std::string_view cut_off);
  // A body of any size.
  Result<void> download(net::HttpRequest request, const std::function<Result<void>(std::string_view)>& piece);

  std::string place() const { return transport_->place(); }

 private:
  Result<net::HttpResponse> checked(net::HttpRequest request);
  std::unique_ptr<Transport> transport_;
};

// For `each`: no bound but the server's.
inline constexpr std::uint64_t all_items = std::numeric_limits<std::uint64_t>::max();

// The API's prefix and the path's parts, each percent-encoded by the client: path_of("fleets", fleet, "devices").
template <class... Parts>
std::string path_of(const Parts&... parts) {
  std::string out = "/api/v1";
  ((out += "/", out += parts), ...);
  return out;
}

// What a response that is not 2xx says (RFC 9457), as an error of the class of its status.
Error refusal(const net::HttpResponse& response);

// Leaves of a JSON object; empty, 0 or nothing when missing or of another type: a newer server may say things
// otherwise.
std::string text_at(const json::Object& object, std::string_view key);
std::uint64_t number_at(const json::Object& object, std::string_view key);
bool flag_at(const json::Object& object, std::string_view key);
std::optional<Timestamp> time_at(const json::Object& object, std::string_view key);
const json::Array& list_at(const json::Object& object, std::string_view key);
const json::Object& object_at(const json::Object& object, std::string_view key);
// A leaf as people read it: numbers without needless digits, lists joined by ", ".
std::string shown(const json::Value& value);

}  // namespace outrider::cli
