#include "server/upkeep/health.h"

#include <fmt/format.h>

#include "api/house.h"

namespace outrider::server {

Health::Health(Metrics& metrics, const ledger::Ledger& ledger, const fleet::Registry& registry,
               const fleet::Projector& projector, const ExpiryWatch& expiry, std::string version)
    : metrics_(metrics),
      ledger_(ledger),
      registry_(registry),
      projector_(projector),
      expiry_(expiry),
      healthy_(metrics.gauge("outrider_ledger_healthy", "1 while the ledger takes entries")),
      durable_(metrics.gauge("outrider_ledger_durable_entries", "Entries on disk, of all fleets")),
      integrated_(metrics.gauge("outrider_ledger_integrated_entries", "Entries under a published checkpoint")),
      wal_bytes_(metrics.gauge("outrider_ledger_wal_bytes", "Size of the write-ahead log")),
      lag_(metrics.gauge("outrider_projection_lag_entries", "Durable entries the slowest projection has not applied")),
      fleets_(metrics.gauge("outrider_fleets", "Fleets")),
      devices_(metrics.gauge("outrider_devices", "Devices of all fleets")),
      online_(metrics.gauge("outrider_devices_online", "Devices with a live session")) {
  metrics.gauge("outrider_build_info", "Always 1; the label says which version runs", {{"version", std::move(version)}})
      .set(1);
}

std::vector<std::string> Health::problems() const {
  std::vector<std::string> out;
  if (stopping_) out.emplace_back("the server is stopping");
  if (auto status = ledger_.status(); !status.healthy) out.push_back("the ledger refuses entries: " + status.problem);
  if (!registry_.ready()) out.emplace_back("the registry is catching up with the ledger");
  if (auto problem = projector_.problem(); !problem.empty()) out.push_back("the projections stand still: " + problem);
  if (const auto lag = projector_.lag(); lag > lag_entries_max)
    out.push_back(fmt::format("the projections are {} entries behind the ledger", lag));
  for (auto& problem : expiry_.problems()) out.push_back(std::move(problem));
  return out;
}

net::HttpResponse Health::ready() const {
  const auto found = problems();
  std::string text;
  if (found.empty()) {
    text = "ready\n";
    for (const auto& warning : expiry_.warnings()) text += "warning: " + warning + "\n";
    return net::HttpResponse::text(200, std::move(text));
  }
  for (const auto& problem : found) text += problem + "\n";
  return net::HttpResponse::text(503, std::move(text));
}

void Health::measure() const {
  const auto status = ledger_.status();
  std::uint64_t durable = 0;
  std::uint64_t integrated = 0;
  for (const auto& tree : status.fleets) {
    durable += tree.durable;
    integrated += tree.integrated;
  }
  healthy_.set(status.healthy ? 1 : 0);
  durable_.set(static_cast<double>(durable));
  integrated_.set(static_cast<double>(integrated));
  wal_bytes_.set(static_cast<double>(status.wal_bytes));
  lag_.set(static_cast<double>(projector_.lag()));
  const auto counts = registry_.counts();
  fleets_.set(static_cast<double>(counts.fleets - (registry_.fleet(api::server_log()) ? 1 : 0)));
  devices_.set(static_cast<double>(counts.devices));
  online_.set(static_cast<double>(counts.online));
  expiry_.measure();
}

net::Awaitable<net::HttpResponse> Health::handle(net::HttpRequest request) const {
  if (request.method != "GET" && request.method != "HEAD") co_return net::HttpResponse::text(405, "only GET\n");
  if (request.path == "/livez") co_return net::HttpResponse::text(200, "alive\n");
  if (request.path == "/readyz") co_return ready();
  if (request.path == "/metrics") {
    measure();
    co_return net::HttpResponse::text(200, metrics_.text(), Metrics::exposition_type);
  }
  co_return net::HttpResponse::text(404, "there are /livez, /readyz and /metrics\n");
}

}  // namespace outrider::server
