#include "detect/fleet/excuses.h"

#include <algorithm>
#include <bit>

#include "detect/engine/risk/risk.h"
#include "detect/input/entry_fact.h"

namespace outrider::detect {
namespace {

double seconds(Timestamp time) {
  return static_cast<double>(to_micros(time)) / 1e6;
}

std::uint32_t bit(Threat threat) {
  return 1U << static_cast<unsigned>(threat);
}

// Of a word that this version does not know: matches nothing that there is.
constexpr std::uint32_t no_threat = 1;

std::uint32_t bit(const std::string& slug) {
  const auto threat = threat_from_slug(slug);
  return threat ? bit(*threat) : no_threat;
}

// The finding without what that check says.
void strike(Finding& finding, CheckId check, const Tuning& tuning) {
  RiskState left{};
  std::size_t kept = 0;
  for (std::size_t i = 0; i < finding.families; ++i)
    if (finding.evidence[i].check != check) left.evidence[kept++] = finding.evidence[i];
  if (kept == finding.families) return;
  const Finding judged = assess(left, finding.threat, finding.at_s, tuning);
  finding.risk = judged.risk;
  finding.proof = judged.proof;
  finding.level = judged.level;
  finding.families = judged.families;
  finding.evidence = judged.evidence;
}

}  // namespace

void Excuses::apply(const ledger::Entry& entry) {
  const double now_s = seconds(entry.received);
  switch (static_cast<Kind>(entry.kind)) {
    case Kind::suppression_added:
      if (auto fact = fact_of<facts::SuppressionAdded>(entry)) {
        Rule rule{.id = std::move(fact->suppression),
                  .device = fact->device.value_or(""),
                  .profile = fact->profile.value_or(""),
                  .threats = fact->threat ? bit(*fact->threat) : 0,
                  .from_s = now_s,
                  .until_s = seconds(fact->expires)};
        if (fact->check) {
          const auto check = check_from_slug(*fact->check);
          if (!check) return;  // a check that this version does not have says nothing
          rule.check = *check;
        }
        add(std::move(rule), now_s);
      }
      return;
    case Kind::suppression_lifted:
      if (const auto fact = fact_of<facts::SuppressionLifted>(entry)) remove(false, fact->suppression);
      return;
    case Kind::maintenance_planned:
      if (auto fact = fact_of<facts::MaintenancePlanned>(entry)) {
        std::uint32_t excused = 0;
        for (const auto& slug : fact->threats) excused |= bit(slug);
        if (fact->threats.empty())
          for (const Threat threat : maintenance_threats) excused |= bit(threat);
        add({.maintenance = true,
             .id = std::move(fact->maintenance),
             .device = fact->device.value_or(""),
             .profile = fact->profile.value_or(""),
             .threats = excused,
             .from_s = seconds(fact->from),
             .until_s = seconds(fact->until)},
            now_s);
      }
      return;
    case Kind::maintenance_ended:
      if (const auto fact = fact_of<facts::MaintenanceEnded>(entry)) remove(true, fact->maintenance);
      return;
    default:
      return;
  }
}

void Excuses::add(Rule rule, double now_s) {
  std::erase_if(rules_, [&](const Rule& one) {
    return one.until_s <= now_s || (one.maintenance == rule.maintenance && one.id == rule.id);
  });
  const std::size_t most = rule.maintenance ? maintenance_max : suppressions_max;
  const auto same = std::ranges::count(rules_, rule.maintenance, &Rule::maintenance);
  if (static_cast<std::size_t>(same) < most) rules_.push_back(std::move(rule));
}

void Excuses::remove(bool maintenance, std::string_view id) {
  std::erase_if(rules_, [&](const Rule& one) { return one.maintenance == maintenance && one.id == id; });
}

bool Excuses::excuse(Finding& finding, const Engine& engine) const {
  for (const Rule& rule : rules_) {
    if (finding.at_s < rule.from_s || finding.at_s >= rule.until_s) continue;
    if (rule.threats != 0 && (rule.threats & bit(finding.threat)) == 0) continue;
    if (!rule.device.empty() && rule.device != engine.device_name(finding.device)) continue;
    if (!rule.profile.empty() && rule.profile != engine.contract(finding.profile).profile) continue;
    if (rule.check == CheckId::none) return true;
    strike(finding, rule.check, engine.tuning());
    if (finding.level == Level::none) return true;
  }
  return false;
}

void Excuses::save(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(rules_.size()));
  for (const Rule& rule : rules_) {
    out.u8(rule.maintenance ? 1 : 0);
    for (const auto* text : {&rule.id, &rule.device, &rule.profile}) out.block16(as_bytes(*text));
    out.u16(static_cast<std::uint16_t>(rule.check)).u32(rule.threats);
    for (const double time : {rule.from_s, rule.until_s}) out.u64(std::bit_cast<std::uint64_t>(time));
  }
}

Result<void> Excuses::load(ByteReader& in) {
  TRY(const auto count, in.u32());
  if (count > suppressions_max + maintenance_max)
    return fail(Errc::corrupt, "bad-snapshot", "the detection snapshot has too many suppressions");
  rules_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    Rule rule;
    TRY(const auto maintenance, in.u8());
    rule.maintenance = maintenance != 0;
    for (auto* text : {&rule.id, &rule.device, &rule.profile}) {
      TRY(const auto block, in.block16());
      *text = as_text(block.rest());
    }
    TRY(const auto check, in.u16());
    rule.check = static_cast<CheckId>(check);
    TRY(rule.threats, in.u32());
    for (double* time : {&rule.from_s, &rule.until_s}) {
      TRY(const auto bits, in.u64());
      *time = std::bit_cast<double>(bits);
    }
    rules_.push_back(std::move(rule));
  }
  return {};
}

}  // namespace outrider::detect
