// Durable QoS 1 reports per CPU second of the server, against Mosquitto, which acknowledges from memory: the same
// client, certificates of the same kind, the same payload, one run.
#include "mqtt_reports_support.h"

namespace {

using namespace outrider;

constexpr std::size_t connections = 16;
constexpr std::uint16_t window = 32;  // unacknowledged reports of each
constexpr std::uint64_t reports_each = 4'000;
constexpr std::string_view report =
    R"([{"bt":1790000000,"n":"lat","u":"lat","v":51.898611},{"n":"lon","u":"lon","v":-8.475833},)"
    R"({"n":"speed","u":"m/s","v":13.4},{"n":"heading","u":"deg","v":271},{"n":"temperature","u":"Cel","v":21.5}])";

struct Figures {
  double per_cpu_second = 0;
  double per_second = 0;
};

Figures measure(const bench::Server& server) {
  bench::Clients clients(server.access);
  for (std::size_t i = 0; i < connections; ++i) clients.add();
  const auto begin = std::chrono::steady_clock::now();
  const double cpu_begin = server.cpu_seconds();
  for (auto& client : clients.all) client->send_reports(reports_each, window, report);
  clients.run_until([&] {
    return std::ranges::all_of(clients.all, [](const auto& client) { return client->acknowledged() == reports_each; });
  });
  const double cpu = server.cpu_seconds() - cpu_begin;
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  constexpr double total = connections * reports_each;
  return {total / cpu, total / wall};
}

}  // namespace

int main() {
  const bench::Scratch scratch;
  const auto ours = measure(*bench::start_outrider());
  std::printf("QoS 1 reports of %zu bytes, %zu connections with %u in flight each, all acknowledgements checked\n",
              report.size(), connections, static_cast<unsigned>(window));
  std::printf("  outrider (durable, checked, in the ledger)  %8.0f per CPU second  %8.0f per second\n",
              ours.per_cpu_second, ours.per_second);
  const auto peer = bench::start_mosquitto(scratch.path());
  if (!peer) {
    std::printf("  mosquitto is not installed: no ratio\n");
    return 0;
  }
  const auto theirs = measure(*peer);
  std::printf("  mosquitto (memory only, unchecked)          %8.0f per CPU second  %8.0f per second\n",
              theirs.per_cpu_second, theirs.per_second);
  std::printf("  ratio per CPU second  %.2f\n", ours.per_cpu_second / theirs.per_cpu_second);
  return 0;
}
