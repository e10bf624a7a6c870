#include "cli/remote/api.h"

#include <fmt/format.h>

#include <utility>

#include "cli/command/exit.h"

namespace outrider::cli {
namespace {

constexpr std::size_t line_bytes_max = 4UL * 1024 * 1024;  // an entry of 63 KiB in base64, and much more

net::HttpRequest request_of(std::string_view method, std::string_view path, Query query = {}) {
  net::HttpRequest out;
  out.method = method;
  out.path = path;
  out.query = std::move(query);
  return out;
}

Errc class_of(int status) {
  switch (status) {
    case 400:
    case 422:
      return Errc::malformed;
    case 401:
      return Errc::unauthenticated;
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 410:
      return Errc::expired;
    case 413:
      return Errc::too_large;
    case 429:
      return Errc::overloaded;
    case 502:
    case 503:
    case 504:
      return Errc::unavailable;
    default:
      return Errc::internal;
  }
}

Result<json::Value> document(const net::HttpResponse& response) {
  if (response.body.empty()) return json::Value(json::Object());
  auto parsed = json::parse(as_text(response.body));
  if (!parsed) return fail(Errc::internal, "bad-answer", "the server's answer is not JSON: " + parsed.error().detail);
  return *std::move(parsed);
}

}  // namespace

Error refusal(const net::HttpResponse& response) {
  const Errc code = class_of(response.status);
  if (const auto parsed = json::parse(as_text(response.body)); parsed && parsed->is_object()) {
    const auto& problem = parsed->get_object();
    std::string detail = text_at(problem, "detail");
    if (detail.empty()) detail = text_at(problem, "title");
    if (!detail.empty()) return {code, text_at(problem, "reason"), std::move(detail)};
  }
  return {code, fmt::format("http-{}", response.status),
          fmt::format("the server answered with HTTP status {}", response.status)};
}

Result<net::HttpResponse> Api::checked(net::HttpRequest request) {
  TRY(auto response, transport_->send(std::move(request)));
  if (response.status / 100 != 2) return std::unexpected(refusal(response));
  return response;
}

Result<json::Value> Api::get(std::string_view path, Query query) {
  TRY(const auto response, checked(request_of("GET", path, std::move(query))));
  return document(response);
}

Result<json::Value> Api::post(std::string_view path, const json::Value& body) {
  auto request = request_of("POST", path);
  request.headers.emplace("Content-Type", "application/json");
  request.body = to_bytes(as_bytes(json::compact(body)));
  TRY(const auto response, checked(std::move(request)));
  return document(response);
}

Result<json::Value> Api::remove(std::string_view path) {
  TRY(const auto response, checked(request_of("DELETE", path)));
  return document(response);
}

Result<std::string> Api::get_text(std::string_view path, Query query, std::string_view accept) {
  auto request = request_of("GET", path, std::move(query));
  request.headers.emplace("Accept", accept);
  TRY(const auto response, checked(std::move(request)));
  return std::string(as_text(response.body));
}

Result<std::string> Api::post_text(std::string_view path, std::string_view content_type, std::string_view body,
                                   Query query) {
  auto request = request_of("POST", path, std::move(query));
  if (!content_type.empty()) request.headers.emplace("Content-Type", content_type);
  request.body = to_bytes(as_bytes(body));
  TRY(const auto response, checked(std::move(request)));
  return std::string(as_text(response.body));
}

Result<void> Api::each(std::string_view path, Query query, std::uint64_t items_max,
                       const std::function<bool(const json::Object&)>& item) {
  std::uint64_t seen = 0;
  while (true) {
    TRY(const auto page, get(path, query));
    if (!page.is_object()) return fail(Errc::internal, "bad-answer", "the server's answer is not a list");
    for (const auto& each : list_at(page.get_object(), "items")) {
      if (!each.is_object()) continue;
      if (seen++ == items_max || !item(each.get_object())) return {};
    }
    std::string next;
    if (const auto* cursor = page.get_object().if_contains("next"); cursor != nullptr && !cursor->is_null()) {
      next = shown(*cursor);
    }
    // A cursor that stands still would turn for ever.
    if (next.empty() || next == query["after"]) return {};
    query["after"] = next;
  }
}

Result<void> Api::lines(net::HttpRequest request, const std::function<Result<bool>(const json::Value&)>& line) {
  std::string pending;
  Result<void> outcome;
  const auto take = [&](std::string_view text) -> Result<bool> {
    if (text.empty()) return true;
    auto parsed = json::parse(text);
    if (!parsed)
      return fail(Errc::internal, "bad-answer", "a line of the server's stream is not JSON: " + parsed.error().detail);
    return line(*parsed);
  };
  const auto piece = [&](std::string_view text) {
    pending += text;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = pending.find('\n', begin)) != std::string::npos; begin = end + 1) {
      auto more = take(std::string_view(pending).substr(begin, end - begin));
      if (!more) {
        outcome = std::unexpected(std::move(more).error());
        return false;
      }
      if (!*more) return false;
    }
    pending.erase(0, begin);
    if (pending.size() > line_bytes_max)
      outcome = fail(Errc::too_large, "bad-answer", "a line of the server's stream is too long");
    return outcome.has_value();
  };
  auto response = transport_->stream(std::move(request), piece);
  CHECK(std::move(outcome));
  if (!response) return std::unexpected(std::move(response).error());
  if (response->status / 100 != 2) return std::unexpected(refusal(*response));
  return {};
}

Result<json::Object> Api::report(std::string_view path, const json::Value& body,
                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                                 std::string_view cut_off) {
  auto request = request_of("POST", path);
  if (!body.is_null()) {
    request.headers.emplace("Content-Type", "application/json");
    request.body = to_bytes(as_bytes(json::compact(body)));
  }
  std::optional<json::Object> out;
  CHECK(lines(std::move(request), [&](const json::Value& line) -> Result<bool> {
    if (!line.is_object()) return true;
    const auto& said = line.get_object();
    if (said.contains("error")) {
      const auto& problem = object_at(said, "error");
      return fail(Errc::unavailable, text_at(problem, "reason"), text_at(problem, "detail"));
    }
    if (said.contains("report")) out = object_at(said, "report");
    if (const auto& step = object_at(said, "progress"); !step.empty())
      progress(number_at(step, "done"), number_at(step, "total"));
    return true;
  }));
  if (!out) return fail(Errc::unavailable, "cut-off", std::string(cut_off));
  return *std::move(out);
}

Result<void> Api::download(net::HttpRequest request, const std::function<Result<void>(std::string_view)>& piece) {
  Result<void> outcome;
  auto response = transport_->stream(std::move(request), [&](std::string_view text) {
    outcome = piece(text);
    return outcome.has_value();
  });
  CHECK(std::move(outcome));
  if (!response) return std::unexpected(std::move(response).error());
  if (response->status / 100 != 2) return std::unexpected(refusal(*response));
  return {};
}

std::string text_at(const json::Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? std::string() : shown(*value);
}

std::uint64_t number_at(const json::Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

bool flag_at(const json::Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<Timestamp> time_at(const json::Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const auto parsed = from_rfc3339(std::string_view(value->get_string()));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

const json::Array& list_at(const json::Object& object, std::string_view key) {
  static const json::Array none;
  const auto* value = object.if_contains(key);
  return value == nullptr || !value->is_array() ? none : value->get_array();
}

const json::Object& object_at(const json::Object& object, std::string_view key) {
  static const json::Object none;
  const auto* value = object.if_contains(key);
  return value == nullptr || !value->is_object() ? none : value->get_object();
}

std::string shown(const json::Value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return {};
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (value.is_double()) return fmt::format("{:.10g}", value.get_double());
  if (value.is_array()) {
    std::string out;
    for (const auto& item : value.get_array()) out += (out.empty() ? "" : ", ") + shown(item);
    return out;
  }
  return json::compact(value);
}

}  // namespace outrider::cli
