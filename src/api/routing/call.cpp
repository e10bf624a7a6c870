#include "api/routing/call.h"

#include <fmt/format.h>

#include <charconv>

#include "api/house.h"

namespace outrider::api {
namespace {

std::unexpected<Error> wrong(std::string_view name, std::string_view what) {
  return fail(Errc::malformed, "bad-parameter", fmt::format("{}: {}", name, what));
}

Result<std::uint64_t> parse_number(std::string_view name, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return wrong(name, "expected a whole number");
  return number;
}

}  // namespace

Result<std::string> Call::part(std::string_view name) const {
  const auto found = path_.find(name);
  if (found == path_.end()) return fail(Errc::internal, fmt::format("the route has no part {}", name));
  if (found->second.size() > text_bytes_max) return wrong(name, "too long");
  return found->second;
}

Result<FleetId> Call::log() const {
  TRY(const auto text, part("fleet"));
  return FleetId::parse(text);
}

Result<FleetId> Call::fleet() const {
  TRY(auto id, log());
  if (id == server_log()) {
    return fail(Errc::forbidden, "reserved-fleet",
                fmt::format("'{}' is the server's own log, not a fleet", server_log().value));
  }
  return id;
}

Result<DeviceId> Call::device() const {
  TRY(const auto text, part("device"));
  return DeviceId::parse(text);
}

Result<ProfileId> Call::profile() const {
  TRY(const auto text, part("profile"));
  return ProfileId::parse(text);
}

Result<std::uint64_t> Call::number() const {
  TRY(const auto text, part("number"));
  return parse_number("number", text);
}

Result<std::string> Call::text(std::string_view name) const {
  const auto found = request_.query.find(name);
  if (found == request_.query.end()) return std::string();
  if (found->second.size() > text_bytes_max) return wrong(name, fmt::format("longer than {} bytes", text_bytes_max));
  return found->second;
}

Result<std::size_t> Call::limit(std::size_t most) const {
  TRY(const auto given, integer("limit"));
  if (!given) return limit_default;
  if (*given == 0 || *given > most) return wrong("limit", fmt::format("expected 1 to {}", most));
  return static_cast<std::size_t>(*given);
}

Result<std::optional<std::uint64_t>> Call::integer(std::string_view name) const {
  TRY(const auto given, text(name));
  if (!has(name)) return std::nullopt;
  TRY(const auto number, parse_number(name, given));
  return std::optional(number);
}

Result<std::optional<bool>> Call::flag(std::string_view name) const {
  TRY(const auto given, text(name));
  if (!has(name)) return std::nullopt;
  if (given == "true") return std::optional(true);
  if (given == "false") return std::optional(false);
  return wrong(name, "expected true or false");
}

Result<std::optional<Timestamp>> Call::moment(std::string_view name) const {
  TRY(const auto given, text(name));
  if (!has(name)) return std::nullopt;
  const auto parsed = parse_moment(given, now_);
  if (!parsed) return wrong(name, "expected a time (RFC 3339) or a duration before now such as 2h");
  return std::optional(*parsed);
}

Result<json::Value> Call::json_body() const {
  if (request_.body.empty()) return json::Value(json::Object());
  const std::string_view type = request_.header("Content-Type");
  if (!type.starts_with("application/json"))
    return fail(Errc::malformed, "bad-content-type", "the body must be sent as Content-Type: application/json");
  return json::parse(as_text(request_.body));
}

Result<std::chrono::milliseconds> duration_between(std::string_view name, const std::optional<std::string>& text,
                                                   std::chrono::milliseconds fallback, std::chrono::milliseconds least,
                                                   std::chrono::milliseconds most) {
  if (!text) return fallback;
  const auto parsed = parse_duration(*text);
  if (!parsed) return wrong(name, "expected a duration such as \"30m\" or \"7d\"");
  if (*parsed < least || *parsed > most)
    return wrong(name, fmt::format("expected {} to {}", format_duration(least), format_duration(most)));
  return *parsed;
}

Result<void> check_text(std::string_view name, std::string_view text, std::size_t bytes_max) {
  if (text.empty()) return wrong(name, "must not be empty");
  if (text.size() > bytes_max) return wrong(name, fmt::format("longer than {} bytes", bytes_max));
  return {};
}

net::HttpResponse answer(const json::Value& value, int status) {
  return net::HttpResponse::text(status, json::compact(value), "application/json");
}

net::HttpResponse answer_list(json::Array items, std::optional<std::string> next) {
  json::Object out;
  out["items"] = std::move(items);
  if (next) out["next"] = *next;
  return answer(out);
}

}  // namespace outrider::api
