// The configuration, and whether the machine allows what it asks for.
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "identity/keys/block_list.h"
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

void check_lists(const Patient& patient, Findings& found) {
  if (const auto blocked = identity::BlockedKeys::open(patient.config().keys_block_list); !blocked)
    found.problem(blocked.error().text(), "the server does not start without the list it is told to respect",
                  "correct the line, or set keys.block_list to another file");
  for (const auto& [setting, file] : {std::pair{"geo.country_db", patient.config().geo_country_db},
                                      std::pair{"geo.asn_db", patient.config().geo_asn_db}}) {
    if (file.empty() || ::access(file.c_str(), R_OK) == 0) continue;
    found.problem(system_error("read", file, errno).text() + fmt::format(" ({})", setting),
                  "where a session comes from is not known, and rules about it cannot be kept",
                  fmt::format("put the database there, or correct {}", setting));
  }
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
