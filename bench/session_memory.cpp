// Memory of the server's process for one idle MQTT session over mutual TLS 1.3, against Mosquitto with the same
// clients. The kernel's share (sockets) is not in these figures. `bench_session_memory [sessions]`
#include <sys/resource.h>

#include "mqtt_reports_support.h"

namespace {

using namespace outrider;

constexpr std::size_t warm_up = 200;  // what a process needs once: tables, arenas, code
constexpr std::size_t sessions_default = 19'000;

double kib_per_session(const bench::Server& server, std::size_t sessions) {
  bench::Clients clients(server.access);
  for (std::size_t i = 0; i < warm_up; ++i) clients.add();
  const double before = server.resident_kib();
  for (std::size_t i = 0; i < sessions; ++i) clients.add();
  return (server.resident_kib() - before) / static_cast<double>(sessions);
}

}  // namespace

int main(int count, char** arguments) {
  const std::size_t sessions = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : sessions_default;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const bench::Scratch scratch;
  const double ours = kib_per_session(*bench::start_outrider(), sessions);
  std::printf("memory for one idle MQTT session over mutual TLS 1.3 (%zu sessions)\n", sessions);
  std::printf("  outrider   %6.1f KiB\n", ours);
  const auto peer = bench::start_mosquitto(scratch.path());
  if (!peer) {
    std::printf("  mosquitto is not installed: no ratio\n");
    return 0;
  }
  const double theirs = kib_per_session(*peer, sessions);
  std::printf("  mosquitto  %6.1f KiB\n", theirs);
  std::printf("  ratio      %6.2f\n", ours / theirs);
  return 0;
}
