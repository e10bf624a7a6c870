// Does the ledger continue what was noted of it outside?
#include "server/anchor/anchor.h"

#include <fmt/format.h>

#include "server/doctor/checks.h"

namespace outrider::server::doctor {

void check_anchor(const Patient& patient, Findings& found) {
  std::error_code ignored;
  if (!std::filesystem::exists(patient.paths.ledger(), ignored)) return;  // nothing was ever started here
  const auto file = anchor_file(patient.config().anchor_file, patient.paths.root);
  const auto anchor = Anchor::open(file);
  if (!anchor)
    return found.problem(anchor.error().text(), "without it nobody notices that an older ledger was put back",
                         "put it back, or remove it if you are sure that the ledger is the newest there is");
  if (anchor->empty())
    return found.warning(fmt::format("{} is not there", file.string()),
                         "it notes outside the data how far the ledger had come; without it an older copy, with its "
                         "revocations undone, would not be noticed",
                         "start the server; if it stays away, set anchor.file to a place the server may write to");
  const auto contradictions = anchor->contradictions(patient.paths.ledger());
  if (!contradictions)
    return found.problem(contradictions.error().text(), "the ledger cannot be compared with its anchor",
                         "outrider ledger verify --offline");
  for (const auto& each : *contradictions)
    found.problem(fmt::format("the ledger of fleet {} had {} entries at {} and has {} now, or other ones",
                              each.fleet.value, each.seen_size, to_rfc3339(each.seen_at), each.size),
                  "an older copy was put back: what was recorded since is missing, revocations among it",
                  "put the newer ledger back; only if it is lost: outrider serve --accept-ledger-rollback");
  const auto root = patient.paths.root.string() + "/";
  if (file.string().starts_with(root))
    found.warning(fmt::format("{} is inside the data directory", file.string()),
                  "whoever puts back an older copy of that puts back the anchor too",
                  "set anchor.file to a place outside, best on another disk");
}

}  // namespace outrider::server::doctor
