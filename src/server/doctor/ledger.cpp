// The ledger is the truth: what is wrong with it comes before everything else.
#include "ledger/ledger.h"

#include <fmt/format.h>

#include "server/doctor/checks.h"

namespace outrider::server::doctor {
namespace {

// The log is dropped behind what is published; this much means that publishing has stood still for long.
constexpr std::uint64_t wal_bytes_good = 2UL * 1024 * 1024 * 1024;
constexpr std::uint64_t unpublished_good = 1'000'000;

constexpr std::string_view mend =
    "stop the server and restore a backup (outrider restore), or copy the damaged file back from one; "
    "'outrider ledger verify' names every entry concerned";

void verify_all(const Patient& patient, Findings& found) {
  const auto report = ledger::verify(patient.paths.ledger());
  if (!report)
    return found.problem("the ledger could not be verified: " + report.error().text(),
                         "nobody knows whether it is whole", "run the doctor as the owner of the data directory");
  for (const std::string& problem : report->problems)
    found.problem(problem, "acknowledged data is damaged or gone", std::string(mend));
}

}  // namespace

void check_ledger(const Patient& patient, Findings& found) {
  const auto& glance = patient.ledger;
  if (!glance) {
    if (glance.error().code == Errc::not_found) {
      std::error_code ignored;
      if (std::filesystem::exists(patient.paths.ca() / "root.pem", ignored))
        found.problem(
            fmt::format("{} is missing, but there are authorities beside it", patient.paths.ledger().string()),
            "the ledger holds everything that was ever acknowledged", std::string(mend));
      return;  // otherwise nothing was ever started here
    }
    return found.problem(glance.error().text(), "the ledger cannot be looked at",
                         "run the doctor as the owner of the data directory");
  }
  if (glance->in_use && !patient.running)
    found.problem(
        "a process has the ledger open, but no server says that it runs here",
        "a server that is starting or stopping, or one that hangs; a second one cannot start",
        fmt::format("wait and look again; otherwise find it: fuser -v {}/_lock", patient.paths.ledger().string()));
  if (!glance->in_use && patient.running)
    found.problem("a server seems to run, but does not hold the ledger's lock",
                  "another one could open the ledger and both would write", "restart the server");
  for (const std::string& problem : glance->problems)
    found.problem(problem, "the server refuses to start on a damaged ledger", std::string(mend));
  if (glance->wal_bytes > wal_bytes_good)
    found.warning(fmt::format("the write-ahead log has {} MiB", glance->wal_bytes >> 20U),
                  "it is emptied as entries are published; publishing stands still or cannot keep up",
                  "outrider ledger status; look at the server's log");
  for (const auto& tree : glance->trees) {
    if (tree.entries - std::min(tree.entries, tree.published) > unpublished_good)
      found.warning(fmt::format("fleet {}: {} entries are not under a checkpoint yet", tree.fleet.value,
                                tree.entries - tree.published),
                    "they are safe, but cannot be proved to others",
                    "outrider ledger status; look at the server's log");
  }
  if (patient.deep) verify_all(patient, found);
}

}  // namespace outrider::server::doctor
