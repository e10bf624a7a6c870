// The database can always be made again from the ledger, so every remedy is the same.
#include <fmt/format.h>

#include <map>

#include "server/doctor/checks.h"
#include "store/inspect.h"

namespace outrider::server::doctor {
namespace {

constexpr std::uint64_t checked_bytes_max = 512UL * 1024 * 1024;  // some seconds of reading; above it only with --deep
constexpr std::string_view lost_nothing = "nothing is lost: the ledger has everything";

std::string rebuild(const Patient& patient) {
  return fmt::format("stop the server, rm {}*, start it again: the database is made anew from the ledger",
                     patient.paths.database().string());
}

}  // namespace

void check_database(const Patient& patient, Findings& found) {
  const auto file = patient.paths.database();
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  const bool check = patient.deep || (!error && size <= checked_bytes_max);
  const auto seen = store::inspect(file, check);
  if (!seen) {
    if (seen.error().code == Errc::not_found) return;  // not made yet, or removed to be made anew
    return found.problem(seen.error().text(), std::string(lost_nothing), rebuild(patient));
  }
  if (!check)
    found.note(fmt::format("the database has {} MiB: its pages were not checked", seen->bytes >> 20U),
               "reading all of it takes a while", "outrider doctor --deep");
  for (const std::string& damage : seen->damage)
    found.problem(fmt::format("{}: {}", file.string(), damage), std::string(lost_nothing), rebuild(patient));
  if (seen->migrations_due != 0 && patient.running)
    found.warning(fmt::format("the database's schema is {} steps behind this program", seen->migrations_due),
                  "the running server is an older program than this command",
                  "restart the server with the new program");
  const auto& ledger = patient.ledger;
  if (!ledger || !ledger->problems.empty()) return;  // the check of the ledger says it
  std::map<FleetId, std::uint64_t> ends;
  for (const auto& tree : ledger->trees) ends[tree.fleet] = tree.entries;
  for (const auto& cursor : seen->cursors) {
    if (cursor.next <= ends[cursor.fleet]) continue;
    found.problem(
        fmt::format("the database has seen {} entries of fleet {} ({}), but the ledger has {}", cursor.next,
                    cursor.fleet.value, cursor.reader, ends[cursor.fleet]),
        "the ledger is an older copy than the database: entries that were acknowledged may be missing, revocations too",
        "if the ledger was restored on purpose: " + rebuild(patient) + "; otherwise find the newer ledger");
    return;  // one reader says it for all
  }
}

}  // namespace outrider::server::doctor
