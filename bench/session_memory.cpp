// Memory of the server's process for one idle MQTT session over mutual TLS 1.3, against Mosquitto with the same
// clients. The kernel's share (sockets) is not in these figures. `bench_session_memory [sessions]`
#include <sys/resource.h>

#include "mqtt_reports_support.h"

namespace {

using namespace outrider;

constexpr std::size_t warm_up = 200;              // what a process needs once: tables, arenas, code
constexpr std::size_t sessions_default = 19'000;  // each a file descriptor of both ends; 20,000 is a usual limit

double kib_per_session(const bench::Server& server, std::size_t sessions) {
  bench::Clients clients(server.access);
  clients.add(warm_up);
  const double before = server.resident_kib();
  clients.add(sessions);
  return (server.resident_kib() - before) / static_cast<double>(sessions);
}

}  // namespace

int main(int count, char** arguments) {
  const std::size_t sessions = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : sessions_default;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  constexpr std::size_t other_files = 500;  // those of the warm-up, and what a process has open besides
  bench::require(sessions + other_files <= files.rlim_max,
                 std::to_string(sessions) + " sessions with " + std::to_string(files.rlim_max) + " file descriptors");
  const bench::Scratch scratch;
  std::printf("memory for one idle MQTT session over mutual TLS 1.3 (%zu sessions)\n", sessions);
  std::fflush(stdout);  // before the servers' processes have a copy of it
  const double ours = kib_per_session(*bench::start_outrider(), sessions);
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
