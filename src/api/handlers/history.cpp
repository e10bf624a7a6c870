// What devices said.
#include "api/handlers.h"

namespace outrider::api {
namespace {

net::HttpResponse list_of(const std::vector<fleet::Reading>& readings) {
  json::Array items;
  items.reserve(readings.size());
  for (const auto& reading : readings) items.push_back(reading.to_json());
  return answer_list(std::move(items));
}

// An unknown device is an error here, an empty history is not.
Result<DeviceId> known_device(const House& house, const Call& call, const FleetId& fleet) {
  TRY(auto device, call.device());
  CHECK(house.registry.device(fleet, device));
  return device;
}

}  // namespace

Result<net::HttpResponse> get_latest(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto device, known_device(house, call, fleet));
  house.catch_up();
  TRY(const auto readings, house.history.latest(fleet, device));
  return list_of(readings);
}

Result<net::HttpResponse> get_history(const House& house, const Call& call) {
  fleet::ReadingQuery query;
  TRY(query.fleet, call.fleet());
  TRY(query.device, known_device(house, call, query.fleet));
  TRY(auto name, call.text("name"));
  if (!name.empty()) query.name = std::move(name);
  TRY(query.since, call.moment("since"));
  TRY(query.until, call.moment("until"));
  TRY(query.limit, call.limit(fleet::history_limit_max));
  TRY(const auto order, call.text("order"));
  if (order == "oldest") {
    query.order = fleet::Order::oldest_first;
  } else if (!order.empty() && order != "newest") {
    return fail(Errc::malformed, "bad-parameter", "order: expected newest or oldest");
  }
  house.catch_up();  // a report that was acknowledged is one that is seen
  TRY(const auto readings, house.history.readings(query));
  return list_of(readings);
}

}  // namespace outrider::api
