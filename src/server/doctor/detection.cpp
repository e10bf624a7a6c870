// Is detection there, and does it keep up?
#include <fmt/format.h>

#include <charconv>

#include "api/house.h"
#include "detect/engine/detector.h"
#include "detect/live/snapshot/snapshot_file.h"
#include "net/http/http_client.h"
#include "server/detection/contract.h"
#include "server/doctor/checks.h"
#include "server/upkeep/health.h"

namespace outrider::server::doctor {
namespace {

constexpr std::chrono::seconds patience{5};
constexpr std::string_view lag_metric = "outrider_detection_lag_entries ";

Result<void> examine_snapshot(const Patient& patient, const ledger::TreeGlance& tree) {
  const auto path = detect::snapshot_path(patient.paths.detection(), tree.fleet);
  TRY(const auto snapshot, detect::read_snapshot(path));
  if (!snapshot) return {};
  if (snapshot->next > tree.entries)
    return fail(Errc::corrupt, "other-history",
                fmt::format("{} has seen {} entries of fleet {}, the ledger has {}", path.string(), snapshot->next,
                            tree.fleet.value, tree.entries));
  detect::Detector detector(tree.fleet, read_contract);
  auto loaded = detector.load(snapshot->detector);
  if (!loaded) return std::unexpected(std::move(loaded).error().during("reading " + path.string()));
  return {};
}

// Entries that the running server's detection has not judged; nothing when it does not say.
std::optional<double> lag_of(const Addresses& running) {
  auto endpoint = net::HttpEndpoint::from_url("http://" + running.metrics);
  if (!endpoint) return std::nullopt;
  net::HttpClient client(*std::move(endpoint), {.connect_deadline = patience, .response_deadline = patience});
  const auto answer = client.send({.path = "/metrics"});
  if (!answer || answer->status != 200) return std::nullopt;
  const std::string_view text = as_text(answer->body);
  const auto at = text.find(fmt::format("\n{}", lag_metric));
  if (at == std::string_view::npos) return std::nullopt;
  const auto* const begin = text.data() + at + 1 + lag_metric.size();
  double lag = 0;
  if (std::from_chars(begin, text.data() + text.size(), lag).ec != std::errc{}) return std::nullopt;
  return lag;
}

}  // namespace

void check_detection(const Patient& patient, Findings& found) {
  if (!patient.config().detection_enabled)
    found.warning("detection is switched off (detection.enabled)", "nobody notices when a device lies or is cloned",
                  "set detection.enabled = true and restart the server");
  if (patient.ledger) {  // else the check of the ledger says why
    for (const auto& tree : patient.ledger->trees) {
      if (tree.fleet == api::server_log()) continue;
      if (const auto good = examine_snapshot(patient, tree); !good)
        found.warning(good.error().text(),
                      "at the next start detection reads the fleet from its beginning: no alert is lost or said twice, "
                      "but what is new is noticed late",
                      "nothing needs to be done: the server writes it anew");
    }
  }
  if (!patient.running) return;
  const auto lag = lag_of(*patient.running);
  if (!lag)
    return found.warning("the server does not tell how far detection is", "it may stand still",
                         "outrider detect status");
  if (*lag > static_cast<double>(lag_entries_max))
    found.warning(fmt::format("detection is {:.0f} entries behind the ledger", *lag),
                  "what happens now is noticed when it has read them",
                  "outrider detect status; it catches up by itself unless the machine is too small");
}

}  // namespace outrider::server::doctor
