// How the fleet stage says what it concludes, and on which level.
#include <algorithm>
#include <span>

#include "crypto/hash.h"
#include "detect/explain/explain.h"
#include "detect/fleet/fleet_stage.h"

namespace outrider::detect {
namespace {

// As the engine's (engine/risk/risk.h): less is not worth another word.
constexpr float growth = 1.5F;
// An incident is worth another word when it has grown by half.
constexpr std::uint32_t incident_growth = 2;

constexpr std::string_view chance_remark =
    " A ticket only: in a fleet of this size, chance alone brings that about too often to wake somebody.";
constexpr std::string_view budget_remark = " A ticket only: the day's pages are used up.";

}  // namespace

FleetStage::Judged FleetStage::judge(const Finding& finding, const Engine& engine) {
  if (finding.level != Level::page || finding.proof) return {finding.level, {}};
  switch (gate_.ask(finding.risk, finding.families, engine.devices(), finding.at_s, engine.tuning())) {
    case Admission::by_chance:
      return {Level::ticket, chance_remark};
    case Admission::no_budget:
      return {Level::ticket, budget_remark};
    case Admission::page:
      break;
  }
  return {Level::page, {}};
}

void FleetStage::grow(const Saying& to, Raised& raised, const Finding& finding) {
  const Judged judged = finding.level > raised.level ? judge(finding, to.engine) : Judged{finding.level, {}};
  const bool proven = finding.proof && !raised.proof;
  if (judged.level <= raised.level && !proven && finding.risk < growth * raised.risk) return;
  raised.level = std::max(raised.level, judged.level);
  raised.risk = finding.risk;
  raised.proof = raised.proof || finding.proof;
  raised.at_s = finding.at_s;
  facts::AlertGrown alert{.alert = alert_text(raised.id),
                          .device = std::string(to.engine.device_name(finding.device)),
                          .level = level_of(raised.level),
                          .risk = finding.risk,
                          .proof = raised.proof,
                          .explanation = explanation_of(finding, to.engine.tuning()),
                          .evidence = evidence_of(finding),
                          .cause = finding.entry};
  alert.explanation += judged.remark;
  to.out.grown.push_back(std::move(alert));
}

// Says an incident for the first time, that it has grown enough, or at its end what was not said yet.
void FleetStage::say_incident(const Saying& to, Incident& incident, std::uint64_t cause, Occasion occasion) {
  const Finding& example = incident.example;
  Level level = incident_level(example.threat, incident.trait, incident.highest, incident.proof);
  std::string_view remark;
  const bool first = incident.said == 0;
  if (level > incident.level && level == Level::page && !incident.proof) {
    Finding together = example;
    together.risk = static_cast<float>(incident.joint_risk);
    together.level = level;
    together.proof = false;
    together.families = static_cast<std::uint8_t>(incident.joint_families);
    const Judged judged = judge(together, to.engine);
    level = judged.level;
    remark = judged.remark;
  }
  const auto members = static_cast<std::uint32_t>(incident.members.size());
  if (!first && occasion == Occasion::member && level <= incident.level &&
      members < incident.said + incident.said / incident_growth)
    return;
  incident.level = std::max(incident.level, level);
  incident.said = members;
  const Shared shared{.devices = members,
                      .what = words_of(incident.trait),
                      .likely = likely_cause(example.threat, incident.trait),
                      .within_s = incident.last_s - incident.first_s,
                      .pages = incident.level == Level::page};
  std::vector<std::string> devices;
  const auto named = static_cast<std::ptrdiff_t>(std::min(incident.unsaid.size(), listed_max));
  for (const std::uint32_t device : std::span(incident.unsaid).first(static_cast<std::size_t>(named)))
    devices.emplace_back(to.engine.device_name(device));
  incident.unsaid.erase(incident.unsaid.begin(), incident.unsaid.begin() + named);  // the rest another time
  std::string explanation = incident_explanation(example, shared) + std::string(remark);
  if (!first) {
    to.out.grown.push_back({.alert = incident.alert,
                            .level = level_of(incident.level),
                            .risk = incident.risk,
                            .proof = incident.proof,
                            .explanation = std::move(explanation),
                            .evidence = evidence_of(example),
                            .device_count = members,
                            .devices = std::move(devices),
                            .cause = cause});
    return;
  }
  to.out.raised.push_back({.alert = incident.alert,
                           .level = level_of(incident.level),
                           .threat = std::string(info(example.threat).slug),
                           .devices = std::move(devices),
                           .device_count = members,
                           .risk = incident.risk,
                           .proof = incident.proof,
                           .title = incident_title(example.threat, shared),
                           .explanation = std::move(explanation),
                           .evidence = evidence_of(example),
                           .techniques = techniques_of(example.threat),
                           .cause = cause});
}

std::uint64_t FleetStage::id_of(std::string_view device, Threat threat, std::uint64_t cause) const {
  ByteWriter name;
  name.raw("outrider alert").u8(0).block16(as_bytes(fleet_.value)).block16(as_bytes(device));
  name.u8(static_cast<std::uint8_t>(threat)).u64(cause);
  const crypto::Digest digest = crypto::sha256(name.bytes());
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < sizeof id; ++i) id = id << 8U | digest[i];
  return id;
}

}  // namespace outrider::detect
