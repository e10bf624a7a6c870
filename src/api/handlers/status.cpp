// What the server is doing, how it is set up, and a copy of it all.
#include <fmt/format.h>

#include <algorithm>

#include "api/handlers.h"
#include "api/routing/workers.h"
#include "api/stream.h"

namespace outrider::api {
namespace {

struct FleetLine {
  FleetId fleet;
  std::string title;
  std::uint64_t devices = 0;
  std::uint64_t online = 0;
  std::uint64_t entries = 0;
  std::string checkpoint;
};
BOOST_DESCRIBE_STRUCT(FleetLine, (), (fleet, title, devices, online, entries, checkpoint))

struct StatusView {
  std::string version;
  std::int64_t uptime_s = 0;
  std::uint64_t devices_total = 0;
  std::uint64_t devices_online = 0;
  std::uint64_t sessions = 0;
  std::uint64_t reports_acknowledged = 0;
  std::uint64_t entries_durable = 0;
  bool healthy = true;
  std::optional<std::string> problem;
  std::vector<FleetLine> fleets;
  Expiry expiry;
  std::vector<Refusal> refusals;
};
BOOST_DESCRIBE_STRUCT(StatusView, (),
                      (version, uptime_s, devices_total, devices_online, sessions, reports_acknowledged,
                       entries_durable, healthy, problem, fleets, expiry, refusals))

FleetLine line_of(const House& house, const fleet::Fleet& each) {
  FleetLine out{.fleet = each.id, .title = each.title};
  // A fleet just made may not be everywhere yet; what is missing is shown as nothing.
  if (const auto counts = house.registry.counts(each.id)) {
    out.devices = counts->devices;
    out.online = counts->online;
  }
  out.entries = house.ledger.durable(each.id).value_or(0);
  out.checkpoint = house.ledger.checkpoint(each.id).value_or("");
  return out;
}

std::vector<Refusal> newest(std::vector<Refusal> recorded, const std::vector<Refusal>& others) {
  recorded.insert(recorded.end(), others.begin(), others.end());
  std::sort(recorded.begin(), recorded.end(), [](const auto& a, const auto& b) { return a.time > b.time; });
  if (recorded.size() > Refusals::kept_max) recorded.resize(Refusals::kept_max);
  return recorded;
}

}  // namespace

Result<net::HttpResponse> get_status(const House& house, const Call& call) {
  const EdgeCounts edge = house.edge();
  StatusView out{
      .version = house.version, .sessions = edge.sessions, .reports_acknowledged = edge.reports_acknowledged};
  out.uptime_s = std::chrono::duration_cast<std::chrono::seconds>(call.now() - house.started).count();
  for (const auto& each : house.registry.fleets()) {
    if (each.id == server_log()) continue;
    auto line = line_of(house, each);
    out.devices_total += line.devices;
    out.devices_online += line.online;
    out.entries_durable += line.entries;
    out.fleets.push_back(std::move(line));
  }
  std::string problem;
  for (const auto& each : house.problems()) problem += (problem.empty() ? "" : "; ") + each;
  out.healthy = problem.empty();
  if (!problem.empty()) out.problem = problem;
  out.expiry = house.expiry();
  out.refusals = newest(house.refusals.newest(), edge.refusals);
  return answer(json::from(out));
}

Result<net::HttpResponse> get_config(const House& house, const Call&) {
  json::Array items;
  for (const auto& setting : house.settings()) items.push_back(json::from(setting));
  return answer_list(std::move(items));
}

Result<net::HttpResponse> post_backup(const House& house, const Call& call, Workers& workers) {
  TRY(auto pieces, house.backup());
  auto response = stream_of(std::move(pieces), "application/x-tar", workers);
  response.headers.emplace("Content-Disposition",
                           fmt::format("attachment; filename=\"outrider-{}.tar\"", to_micros(call.now()) / 1'000'000));
  return response;
}

}  // namespace outrider::api
