// Durable QoS 1 reports per CPU second of the server, against Mosquitto, which acknowledges from memory: the same
// client, certificates of the same kind, the same payload, one run.
#include "gateway/testing/sign.h"
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

Figures measure(const bench::Server& server, std::size_t of, std::uint16_t in_flight, std::span<const Bytes> reports) {
  bench::Clients clients(server.access);
  for (std::size_t i = 0; i < of; ++i) clients.add();
  const std::uint64_t each_one = connections * reports_each / of;
  const auto begin = std::chrono::steady_clock::now();
  const double cpu_begin = server.cpu_seconds();
  for (auto& client : clients.all) client->send_reports(each_one, in_flight, reports);
  clients.run_until([&] {
    return std::ranges::all_of(clients.all, [&](const auto& client) { return client->acknowledged() == each_one; });
  });
  const double cpu = server.cpu_seconds() - cpu_begin;
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  constexpr double total = connections * reports_each;
  return {total / cpu, total / wall};
}

// The same report, signed anew each time.
std::vector<Bytes> signed_reports(const bench::Access& access) {
  const auto key = crypto::KeyPair::from_pem(access.key_pem).value();
  const auto serial = crypto::certificates_from_pem(access.chain_pem).value().front().serial;
  std::vector<Bytes> out;
  for (std::uint64_t i = 0; i < connections * reports_each; ++i)
    out.push_back(gateway::testing::sign_reading(key, serial, 1, i, report));
  return out;
}

}  // namespace

int main() {
  const bench::Scratch scratch;
  const std::vector<Bytes> plain{to_bytes(as_bytes(report))};
  const auto ours = measure(*bench::start_outrider(), connections, window, plain);
  std::printf("QoS 1 reports of %zu bytes, %zu connections with %u in flight each, all acknowledgements checked\n",
              report.size(), connections, static_cast<unsigned>(window));
  std::printf("  outrider (durable, checked, in the ledger)  %8.0f per CPU second  %8.0f per second\n",
              ours.per_cpu_second, ours.per_second);
  // Numbers of one device come in their order on one connection only.
  const auto alone = measure(*bench::start_outrider(), 1, window, plain);
  const auto signing = bench::start_outrider();
  const auto with_signatures = measure(*signing, 1, window, signed_reports(signing->access));
  std::printf("  the same on one connection                  %8.0f per CPU second  %8.0f per second\n",
              alone.per_cpu_second, alone.per_second);
  std::printf("  the same, signed (ES256) and verified       %8.0f per CPU second  %8.0f per second\n",
              with_signatures.per_cpu_second, with_signatures.per_second);
  std::printf("  CPU of a signed report beside an unsigned one  %.1f\n",
              alone.per_cpu_second / with_signatures.per_cpu_second);
  const auto peer = bench::start_mosquitto(scratch.path());
  if (!peer) {
    std::printf("  mosquitto is not installed: no ratio\n");
    return 0;
  }
  const auto theirs = measure(*peer, connections, window, plain);
  std::printf("  mosquitto (memory only, unchecked)          %8.0f per CPU second  %8.0f per second\n",
              theirs.per_cpu_second, theirs.per_second);
  std::printf("  ratio per CPU second  %.2f\n", ours.per_cpu_second / theirs.per_cpu_second);
  return 0;
}
