#include "detect/explain/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/time.h"
#include "detect/engine/risk/risk.h"

namespace outrider::detect {
namespace {

// A sentence of a check begins with a small letter and has no full stop, so that it can stand in a paragraph.
std::string sentence(const Evidence& evidence) {
  const CheckInfo* about = info(evidence.check);
  return about == nullptr ? "a check of another version" : about->explain(evidence);
}

std::string capital(std::string_view word) {
  std::string out(word);
  if (!out.empty() && out.front() >= 'a' && out.front() <= 'z')
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
  return out;
}

std::string often(const Evidence& evidence) {
  return evidence.count < 2 ? std::string() : fmt::format(", {} times", evidence.count);
}

}  // namespace

std::string_view slug_of(Family family) {
  return boost::describe::enum_to_string(family, "unknown");
}

facts::AlertLevel level_of(Level level) {
  return level == Level::page ? facts::AlertLevel::page : facts::AlertLevel::ticket;
}

std::vector<facts::AlertEvidence> evidence_of(const Finding& finding) {
  std::vector<facts::AlertEvidence> all;
  for (std::size_t i = 0; i < finding.families; ++i) {
    const Evidence& one = finding.evidence[i];
    const CheckInfo* about = info(one.check);
    if (about == nullptr) continue;
    facts::AlertEvidence out{.check = std::string(about->slug),
                             .family = std::string(slug_of(about->family)),
                             .nats = one.nats,
                             .observed = one.observed,
                             .expected = one.expected,
                             .limit = one.limit,
                             .text = sentence(one),
                             .at = from_micros(std::int64_t{one.at_s} * 1'000'000)};
    const auto used = std::min<std::size_t>(one.entries_used, one.entries.size());
    out.entries.assign(one.entries.begin(), one.entries.begin() + static_cast<std::ptrdiff_t>(used));
    all.push_back(std::move(out));
  }
  return all;
}

std::vector<std::string> techniques_of(Threat threat) {
  const auto ids = info(threat).techniques;
  return {ids.begin(), ids.end()};
}

std::string explanation_of(const Finding& finding, const Tuning& tuning) {
  std::string out;
  for (std::size_t i = 0; i < finding.families; ++i) {
    const Evidence& one = finding.evidence[i];
    const CheckInfo* about = info(one.check);
    const std::string family = capital(about == nullptr ? "other" : slug_of(about->family));
    out += fmt::format("{}{} ({:.1f} nats{}): {}.", out.empty() ? "" : " ", family, weight(one, finding.at_s),
                       often(one), sentence(one));
  }
  const auto limit = finding.level == Level::page ? tuning.page_risk : tuning.ticket_risk;
  if (finding.proof) return out + fmt::format(" Together {:.1f} nats; this does not happen by chance.", finding.risk);
  return out + fmt::format(" Together {:.1f} nats ({} from {:.3g}).", finding.risk,
                           finding.level == Level::page ? "a page" : "a ticket", limit);
}

std::string incident_title(Threat threat, const Shared& shared) {
  return fmt::format("{}: {} devices {}", info(threat).title, shared.devices, shared.what);
}

std::string incident_explanation(const Finding& example, const Shared& shared) {
  const auto span = std::chrono::milliseconds{static_cast<std::int64_t>(std::max(1.0, shared.within_s)) * 1000};
  std::string out =
      fmt::format("{} devices {} showed the same within {}.", shared.devices, shared.what, format_duration(span));
  if (!shared.likely.empty()) out += fmt::format(" Likely {}.", shared.likely);
  if (example.families > 0) out += fmt::format(" Of the device that completed it: {}.", sentence(example.evidence[0]));
  if (!shared.pages)
    out += " A common cause like that pages nobody; a device with other evidence is alerted by itself.";
  return out;
}

}  // namespace outrider::detect
