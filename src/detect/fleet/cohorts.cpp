#include "detect/fleet/cohorts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "detect/engine/risk/risk.h"

namespace outrider::detect {
namespace {

constexpr double day_s = 86400;
// A family speaks for a device from here on (as Tuning::family_least): less is everybody's noise.
constexpr float speaks_from = 3;
// Certain enough, and still within what a double can hold (page_gate.h).
constexpr double joint_risk_max = 600;
constexpr std::uint32_t joint_families_max = 64;

}  // namespace

void Cohorts::note(const Finding& finding) {
  Recent& recent = recent_[finding.threat];
  auto& all = recent.findings;
  while (!all.empty() && all.front().at_s < finding.at_s - cohort_s) {
    // What has left the window is what is usual: a wave is not measured by itself.
    recent.usual = recent.usual * std::exp2(-(finding.at_s - recent.usual_s) / day_s) + std::log(2.0) / day_s;
    recent.usual_s = finding.at_s;
    all.pop_front();
  }
  std::erase_if(all, [&](const Finding& one) { return one.device == finding.device; });
  if (all.size() == findings_max) all.pop_front();
  all.push_back(finding);
}

double Cohorts::usual_in_window(const Recent& recent, double now_s) const {
  return recent.usual * std::exp2(-(now_s - recent.usual_s) / day_s) * cohort_s;
}

Incident* Cohorts::incident_of(const Finding& finding) {
  for (Incident& one : incidents_)
    if (one.example.threat == finding.threat && share(one.example, finding, one.trait)) return &one;
  return nullptr;
}

std::vector<Finding> Cohorts::cohort_of(const Finding& finding, Trait& trait) const {
  const auto found = recent_.find(finding.threat);
  if (found == recent_.end() || finding.device == 0) return {};
  const Recent& recent = found->second;
  const double usual = usual_in_window(recent, finding.at_s);
  // So many would come together by chance once in 30,000 windows (a Poisson count, four deviations).
  const double more_than_chance = usual + 4 * std::sqrt(usual);
  for (const Trait one : traits) {
    std::vector<Finding> members;
    for (const Finding& other : recent.findings)
      if (other.device != 0 && share(other, finding, one)) members.push_back(other);
    const auto count = members.size();
    if (count < cohort_least(finding.threat, one, finding.proof) || static_cast<double>(count) <= more_than_chance)
      continue;
    trait = one;
    return members;
  }
  return {};
}

std::optional<Incident> Cohorts::make_room() {
  if (incidents_.size() < incidents_max) return std::nullopt;
  std::optional<Incident> oldest(std::move(incidents_.front()));
  incidents_.pop_front();
  return oldest;
}

Incident& Cohorts::begin(const Finding& finding, Trait trait, std::string alert) {
  Incident& incident = incidents_.emplace_back();
  incident.trait = trait;
  incident.example = finding;
  incident.alert = std::move(alert);
  incident.first_s = incident.last_s = finding.at_s;
  return incident;
}

bool Cohorts::join(Incident& incident, const Finding& finding) {
  incident.last_s = std::max(incident.last_s, finding.at_s);
  incident.first_s = std::min(incident.first_s, finding.at_s);
  incident.risk = std::max(incident.risk, finding.risk);
  const bool graver = finding.level > incident.highest || (finding.proof && !incident.proof);
  incident.highest = std::max(incident.highest, finding.level);
  incident.proof = incident.proof || finding.proof;
  if (incident.members.size() == members_max || !incident.members.insert(finding.device).second) return graver;
  incident.unsaid.push_back(finding.device);
  incident.joint_risk = std::min(incident.joint_risk + finding.risk, joint_risk_max);
  incident.joint_families = std::min(incident.joint_families + finding.families, joint_families_max);
  for (std::size_t i = 0; i < finding.families; ++i) {
    const CheckInfo* about = info(finding.evidence[i].check);
    if (about != nullptr && weight(finding.evidence[i], finding.at_s) >= speaks_from)
      ++incident.speaks[static_cast<std::size_t>(about->family)];
  }
  return true;
}

bool Cohorts::is_common(const Incident& incident, Family family) {
  return 2 * std::size_t{incident.speaks[static_cast<std::size_t>(family)]} >= incident.members.size();
}

void Cohorts::forget(std::uint32_t device) {
  constexpr double nowhere = std::numeric_limits<double>::quiet_NaN();
  for (auto& [threat, recent] : recent_)
    std::erase_if(recent.findings, [&](const Finding& one) { return one.device == device; });
  for (Incident& one : incidents_) {
    if (one.example.device != device) continue;
    one.example = {.threat = one.example.threat, .entry = one.example.entry, .lat = nowhere, .lon = nowhere};
    one.over = true;
  }
}

void Cohorts::end_all(double now_s) {
  for (auto& [threat, recent] : recent_) {
    recent.findings.clear();
    recent.usual_s = now_s;
  }
  for (Incident& one : incidents_) one.over = true;
}

void Cohorts::unsaid(std::string_view alert) {
  for (Incident& one : incidents_) {
    if (one.alert != alert) continue;
    one.said = 0;
    one.level = Level::none;
    one.unsaid.assign(one.members.begin(), one.members.end());
  }
}

std::vector<Incident> Cohorts::close(double now_s) {
  std::vector<Incident> closed;
  for (auto one = incidents_.begin(); one != incidents_.end();) {
    if (!one->over && one->last_s >= now_s - cohort_s) {
      ++one;
      continue;
    }
    closed.push_back(std::move(*one));
    one = incidents_.erase(one);
  }
  return closed;
}

}  // namespace outrider::detect
