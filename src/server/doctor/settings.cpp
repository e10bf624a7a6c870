// The configuration, and whether the machine allows what it asks for.
#include <fmt/format.h>
#include <sys/stat.h>

#include "server/doctor/checks.h"

namespace outrider::server::doctor {
namespace {

// Ledger, database, listeners and the rest need some beside the connections.
constexpr std::uint64_t own_descriptors = 256;
// A storm of reconnects arrives faster than it is accepted; what does not fit is dropped and comes again later.
constexpr std::uint64_t backlog_min = 1024;

}  // namespace

void check_settings(const Patient& patient, Findings& found) {
  for (const std::string& problem : patient.settings.problems)
    found.problem(problem, "the server does not start with a configuration that it does not understand",
                  "correct the line; 'outrider config check' repeats this check");
  for (const std::string& warning : patient.settings.warnings)
    found.warning(warning, "what was probably meant has no effect",
                  "correct or remove it; 'outrider config show' lists what is in effect");
}

void check_limits(const Patient& patient, Findings& found) {
  const Config& config = patient.config();
  const std::uint64_t needed = config.limits_connections + config.limits_https_connections + own_descriptors;
  if (patient.vitals.descriptors < needed)
    found.warning(
        fmt::format("{} may have {} open files; limits.connections and limits.https_connections need {}",
                    patient.running ? "the server" : "a server started from here", patient.vitals.descriptors, needed),
        "each connection is an open file: devices beyond the limit are turned away",
        fmt::format("set LimitNOFILE={} in the service's unit (systemctl edit outrider), or lower limits.connections",
                    needed));
  if (patient.vitals.backlog != 0 && patient.vitals.backlog < backlog_min)
    found.warning(fmt::format("net.core.somaxconn is {}", patient.vitals.backlog),
                  "connections that come faster than they are accepted are dropped when that queue is full",
                  "sysctl -w net.core.somaxconn=4096 (and a line in /etc/sysctl.d)");
}

}  // namespace outrider::server::doctor
