// A clock that is wrong issues certificates nobody accepts, ends codes early or late, and puts wrong times into a
// ledger that cannot be corrected.
#include <fmt/format.h>
#include <sys/stat.h>

#include "server/doctor/checks.h"
#include "server/expiry/ca_files.h"

namespace outrider::server::doctor {
namespace {

constexpr std::chrono::seconds tolerance{120};  // of times that others wrote
// The server writes the file that the jump is measured by when it has caught up, minutes after its process began.
constexpr std::chrono::seconds jump_forward_max{120};
constexpr std::chrono::seconds jump_backward_max{3600};

constexpr std::string_view set_clock = "set the clock (timedatectl set-ntp true), then restart the server";

void check_file_times(const Patient& patient, Findings& found) {
  for (const auto& path : {patient.paths.ledger(), patient.paths.ca() / "root.pem", patient.paths.database(),
                           patient.paths.addresses(), patient.paths.lock()}) {
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) continue;
    const auto written = from_micros(static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000);
    if (written <= patient.vitals.now + tolerance) continue;
    found.problem(fmt::format("{} was written at {}, which is in the future", path.string(), to_rfc3339(written)),
                  "the clock is behind now, or was ahead then", std::string(set_clock));
  }
}

}  // namespace

void check_clock(const Patient& patient, Findings& found) {
  const Timestamp now = patient.vitals.now;
  if (const auto jump = patient.vitals.clock_jump; jump && (*jump > jump_forward_max || *jump < -jump_backward_max))
    found.warning(fmt::format("the clock has moved by {} s since the server's start beyond the time that has passed",
                              jump->count()),
                  "entries before and after it are not in the order of their times",
                  "let the clock be corrected by small steps (chrony, systemd-timesyncd), and look at what set it");
  check_file_times(patient, found);
  for (const CaFile& file : read_ca_files(patient.paths.ca()).files) {
    if (file.certificate.not_before > now + tolerance)
      found.problem(fmt::format("the certificate {} begins at {}, which is in the future", file.name(),
                                to_rfc3339(file.certificate.not_before)),
                    "the clock is behind: what is issued now is not valid for anybody whose clock is right",
                    std::string(set_clock));
  }
  const auto& ledger = patient.ledger;
  if (!ledger) return;  // the check of the ledger says why
  for (const auto& tree : ledger->trees) {
    if (tree.last_received && *tree.last_received > now + tolerance)
      found.problem(fmt::format("the last entry of fleet {} was received at {}, which is in the future",
                                tree.fleet.value, to_rfc3339(*tree.last_received)),
                    "the clock is behind now, or was ahead then; new entries seem older than those before them",
                    std::string(set_clock));
  }
}

void check_clock_source(const Patient& patient, Findings& found) {
  if (!patient.vitals.synchronised.has_value()) {
    found.note("the kernel does not say whether the clock is kept right", "nothing is known of a wrong clock",
               "look at the host: timedatectl");
  } else if (!*patient.vitals.synchronised) {
    found.warning("nothing keeps the clock of this machine right (the kernel calls it unsynchronised)",
                  "certificates, codes and the times in the ledger are as good as the clock",
                  "timedatectl set-ntp true, or install chrony");
  }
}

}  // namespace outrider::server::doctor
