#include "detect/fleet/fleet_stage.h"

#include <algorithm>

#include "detect/engine/risk/risk.h"
#include "detect/explain/explain.h"
#include "detect/input/entry_fact.h"

namespace outrider::detect {
namespace {

// The entry with which the engine first spoke of it; as long as it is the same one, so is the alert.
std::uint64_t episode_of(const Finding& finding, const Engine& engine) {
  for (const auto& said : engine.state(finding.device).risk.said)
    if (said.threat == finding.threat && said.entry != 0) return said.entry;
  return finding.entry;
}

bool same_thing(const Finding& a, const Finding& b) {
  return a.device == b.device && a.threat == b.threat;
}

// A member of an incident with evidence that the others do not have pages by itself.
bool stands_alone(const Finding& finding, const Incident& incident, const Tuning& tuning) {
  if (finding.level != Level::page) return false;
  if (finding.proof && !incident.example.proof) return true;
  for (std::size_t i = 0; i < finding.families; ++i) {
    const CheckInfo* about = info(finding.evidence[i].check);
    if (about == nullptr || weight(finding.evidence[i], finding.at_s) < tuning.family_least) continue;
    if (!Cohorts::is_common(incident, about->family)) return true;
  }
  return false;
}

}  // namespace

void FleetStage::apply(const ledger::Entry& entry) {
  if (static_cast<Kind>(entry.kind) == Kind::alert_resolved) {
    if (const auto fact = fact_of<facts::AlertResolved>(entry)) standing_.resolved(fact->alert);
    return;
  }
  excuses_.apply(entry);
}

void FleetStage::conclude(const Engine& engine, double now_s, std::vector<Finding>& findings,
                          Conclusions& conclusions) {
  const Saying to{engine, conclusions};
  for (const Finding& finding : findings) hear(to, finding);
  release(to, now_s);
  if (cohorts_.open() == 0) return;
  for (Incident& over : cohorts_.close(now_s)) end(to, over);
}

// What was not said of it yet.
void FleetStage::end(const Saying& to, Incident& incident) {
  if (!incident.unsaid.empty()) say_incident(to, incident, incident.example.entry, Occasion::over);
}

void FleetStage::forget(std::uint32_t device) {
  cohorts_.forget(device);
  standing_.forget(device);
  std::erase_if(held_, [&](const Held& held) { return held.finding.device == device; });
}

void FleetStage::begin_again(double now_s) {
  cohorts_.end_all(now_s);
  gate_ = {};
  for (Held& held : held_) held.until_s = now_s;
}

void FleetStage::unsaid(std::string_view alert) {
  standing_.resolved(alert);
  cohorts_.unsaid(alert);
}

std::optional<double> FleetStage::due_s() const {
  if (held_.empty()) return std::nullopt;
  return std::ranges::min_element(held_, {}, &Held::until_s)->until_s;
}

void FleetStage::hear(const Saying& to, Finding finding) {
  if (finding.level == Level::none || excuses_.excuse(finding, to.engine)) return;
  cohorts_.note(finding);
  Raised* raised = standing_.find(finding.device, finding.threat);
  if (raised != nullptr && raised->episode == episode_of(finding, to.engine)) {
    grow(to, *raised, finding);
    return;
  }
  if (gather(to, finding)) return;
  if (finding.proof) {
    std::erase_if(held_, [&](const Held& held) { return same_thing(held.finding, finding); });
    raise(to, finding, nullptr);
  } else {
    hold(to, finding);
  }
}

// Puts it into an incident, an open one or a new one; false: it stands by itself.
bool FleetStage::gather(const Saying& to, const Finding& finding) {
  if (finding.device == 0) return false;
  if (Incident* incident = cohorts_.incident_of(finding)) {
    if (stands_alone(finding, *incident, to.engine.tuning())) {
      raise(to, finding, incident);
      return true;
    }
    if (Cohorts::join(*incident, finding)) say_incident(to, *incident, finding.entry, Occasion::member);
    return true;
  }
  Trait trait{};
  const auto members = cohorts_.cohort_of(finding, trait);
  if (members.empty()) return false;
  if (auto oldest = cohorts_.make_room()) end(to, *oldest);
  const auto id = id_of({}, finding.threat, finding.entry);
  Incident& incident = cohorts_.begin(finding, trait, alert_text(id));
  for (const Finding& member : members) Cohorts::join(incident, member);
  say_incident(to, incident, finding.entry, Occasion::member);
  // Members that were held back are told of with it, or at once.
  std::vector<Finding> alone;
  std::erase_if(held_, [&](const Held& held) {
    const bool member = held.finding.threat == finding.threat && incident.members.contains(held.finding.device);
    if (member && stands_alone(held.finding, incident, to.engine.tuning())) alone.push_back(held.finding);
    return member;
  });
  if (stands_alone(finding, incident, to.engine.tuning())) alone.push_back(finding);
  for (const Finding& one : alone) raise(to, one, &incident);
  return true;
}

void FleetStage::hold(const Saying& to, const Finding& finding) {
  double until_s = finding.at_s + (finding.level == Level::page ? page_waits_s : ticket_waits_s);
  for (Held& held : held_) {
    if (!same_thing(held.finding, finding)) continue;
    held = {finding, std::min(held.until_s, until_s)};
    return;
  }
  // Where there are too few for a cohort nobody waits for one.
  if (to.engine.devices() < cohort_least(finding.threat, Trait::area, false)) until_s = finding.at_s;
  if (held_.size() == held_max) {
    raise(to, held_.front().finding, nullptr);
    held_.erase(held_.begin());
  }
  held_.push_back({finding, until_s});
}

void FleetStage::release(const Saying& to, double now_s) {
  if (held_.empty()) return;
  std::vector<Finding> due;
  std::erase_if(held_, [&](const Held& held) {
    if (held.until_s <= now_s) due.push_back(held.finding);
    return held.until_s <= now_s;
  });
  for (Finding& finding : due) {
    const bool still_worth_it = finding.risk >= to.engine.tuning().ticket_risk;  // a dial was turned while it waited
    if (still_worth_it && !excuses_.excuse(finding, to.engine)) raise(to, finding, nullptr);
  }
}

void FleetStage::raise(const Saying& to, const Finding& finding, const Incident* incident) {
  const std::string device(to.engine.device_name(finding.device));
  const Judged judged = judge(finding, to.engine);
  const auto id = id_of(device, finding.threat, finding.entry);
  facts::AlertRaised alert{.alert = alert_text(id),
                           .level = level_of(judged.level),
                           .threat = std::string(info(finding.threat).slug),
                           .device = device,
                           .device_count = finding.device == 0 ? 0U : 1U,
                           .risk = finding.risk,
                           .proof = finding.proof,
                           .title = std::string(info(finding.threat).title),
                           .explanation = explanation_of(finding, to.engine.tuning()),
                           .evidence = evidence_of(finding),
                           .techniques = techniques_of(finding.threat),
                           .cause = finding.entry};
  alert.explanation += judged.remark;
  if (incident != nullptr) alert.incident = incident->alert;
  standing_.put(finding.device, finding.threat,
                {.id = id,
                 .episode = episode_of(finding, to.engine),
                 .at_s = finding.at_s,
                 .risk = finding.risk,
                 .level = judged.level,
                 .proof = finding.proof});
  to.out.raised.push_back(std::move(alert));
}

}  // namespace outrider::detect
