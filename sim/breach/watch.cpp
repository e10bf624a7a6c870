#include "sim/breach/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace outrider::sim {
namespace {

// What shows that the server noticed, or did something.
constexpr std::array kinds{"alert.raised",      "alert.grown",      "device.state-changed", "identity.revoked",
                           "response.proposed", "response.started", "response.done",        "actuation.held"};
constexpr std::size_t page = 200;

std::string text_of(const json::Object& from, std::string_view key) {
  const auto* found = from.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

Seen seen_of(const json::Object& entry, std::string_view kind) {
  Seen out{.kind = std::string(kind)};
  if (const auto* number = entry.if_contains("number"); number != nullptr && number->is_int64())
    out.entry = static_cast<std::uint64_t>(number->get_int64());
  out.at = from_rfc3339(text_of(entry, "received")).value_or(Timestamp{});
  const auto* payload = entry.if_contains("payload");
  if (payload == nullptr || !payload->is_object()) return out;
  const auto& fact = payload->get_object();
  out.device = text_of(fact, "device");
  out.alert = text_of(fact, "alert");
  out.response = text_of(fact, "response");
  out.threat = text_of(fact, "threat");
  out.level = text_of(fact, "level");
  for (const std::string_view key : {"explanation", "to", "why", "action", "outcome", "detail"})
    if (out.text.empty()) out.text = text_of(fact, key);
  if (const auto* devices = fact.if_contains("devices"); devices != nullptr && devices->is_array())
    for (const auto& each : devices->get_array())
      if (each.is_string()) out.devices.emplace_back(each.get_string());
  return out;
}

}  // namespace

Watch::Watch(net::HttpEndpoint api, FleetId fleet) : http_(std::move(api)), fleet_(std::move(fleet)) {}

Result<json::Value> Watch::answer(net::HttpRequest request) {
  TRY(const auto response, http_.send(std::move(request)));
  auto parsed = json::parse(as_text(response.body));
  if (response.status < 300 && parsed) return parsed;
  std::string why = parsed && parsed->is_object() ? text_of(parsed->get_object(), "detail") : std::string();
  if (why.empty()) why = fmt::format("HTTP status {}", response.status);
  return fail(Errc::unavailable, "api", "the API says: " + why);
}

Result<json::Value> Watch::get(const std::string& path, std::map<std::string, std::string, std::less<>> query) {
  net::HttpRequest request{.path = "/api/v1" + path, .query = std::move(query)};
  return answer(std::move(request));
}

Result<json::Value> Watch::post(const std::string& path, const json::Object& body) {
  net::HttpRequest request{.method = "POST", .path = "/api/v1" + path};
  request.headers.emplace("Content-Type", "application/json");
  request.body = to_bytes(as_bytes(json::compact(body)));
  return answer(std::move(request));
}

Result<std::uint64_t> Watch::durable() {
  TRY(const auto fleets, get("/fleets"));
  const auto* items = fleets.is_object() ? fleets.get_object().if_contains("items") : nullptr;
  if (items == nullptr || !items->is_array()) return fail(Errc::malformed, "api", "the API's list of fleets is none");
  for (const auto& each : items->get_array()) {
    if (!each.is_object() || text_of(each.get_object(), "fleet") != fleet_.value) continue;
    const auto* entries = each.get_object().if_contains("entries");
    return entries != nullptr && entries->is_int64() ? static_cast<std::uint64_t>(entries->get_int64()) : 0;
  }
  return fail(Errc::not_found, "unknown-fleet", fmt::format("the server has no fleet '{}'", fleet_.value));
}

Result<void> Watch::begin() {
  TRY(const auto from, durable());
  for (const char* kind : kinds) next_.emplace_back(kind, from);
  return {};
}

// What only other entries say: which threat it is that grows, and what a response has done to whom.
void Watch::complete(Seen& one) const {
  if (one.kind == "alert.grown" && one.threat.empty()) {
    if (const auto found = threats_.find(one.alert); found != threats_.end()) one.threat = found->second;
  }
  if (one.kind == "response.done" && one.device.empty()) {
    const auto found = started_.find(one.response);
    if (found == started_.end()) return;
    one.device = found->second.device;
    one.text = one.text == "done" ? found->second.text : fmt::format("{}: {}", found->second.text, one.text);
  }
}

Result<void> Watch::look() {
  // Most of what a fleet says is of no kind that is looked for: nothing is looked at twice.
  TRY(const auto until, durable());
  for (auto& [kind, next] : next_) {
    if (next >= until) continue;
    for (;;) {
      TRY(const auto found, get(fmt::format("/fleets/{}/entries", fleet_.value),
                                {{"from", std::to_string(next)}, {"kind", kind}, {"limit", std::to_string(page)}}));
      if (!found.is_object()) break;
      const auto* items = found.get_object().if_contains("items");
      if (items == nullptr || !items->is_array()) break;
      for (const auto& each : items->get_array()) {
        if (!each.is_object()) continue;
        const auto& entry = each.get_object();
        seen_.push_back(seen_of(entry, kind));
        const Seen& one = seen_.back();
        next = std::max(next, one.entry + 1);
        if (one.kind == "alert.raised") threats_[one.alert] = one.threat;
        if (one.kind == "response.started") started_[one.response] = one;
      }
      const std::string further = text_of(found.get_object(), "next");
      if (further.empty()) break;
      next = std::max<std::uint64_t>(next, std::strtoull(further.c_str(), nullptr, 10));
    }
    next = std::max(next, until);
  }
  for (Seen& one : seen_) complete(one);
  std::ranges::sort(seen_, {}, [](const Seen& one) { return std::pair(one.at, one.entry); });
  return {};
}

}  // namespace outrider::sim
