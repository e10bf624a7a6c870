#include "respond/book/book.h"

#include <algorithm>
#include <array>

#include "crypto/hash.h"

namespace outrider::respond {
namespace {

constexpr std::size_t id_bytes = 8;  // 16 hexadecimal digits
std::string id_of(std::initializer_list<std::string_view> parts) {
  crypto::Sha256 hash;
  for (const auto part : parts) {
    const std::array<std::uint8_t, 1> end{0};  // no part holds it: "a" "bc" is not "ab" "c"
    hash.update(as_bytes(part)).update(end);
  }
  const auto digest = hash.finish();
  return hex(ByteView(digest).first(id_bytes));
}

}  // namespace

std::string response_id(const FleetId& fleet, const std::string& alert, const std::string& playbook,
                        std::uint64_t step) {
  return id_of({"response", fleet.value, alert, playbook, std::to_string(step)});
}

std::string actuation_id(const FleetId& fleet, const std::string& playbook, const std::string& rule,
                         const std::string& device, std::uint64_t entry) {
  return id_of({"actuation", fleet.value, playbook, rule, device, std::to_string(entry)});
}

Book::Book(FleetId fleet) : fleet_(std::move(fleet)) {
  for (const Playbook& playbook : builtin_playbooks()) playbooks_.emplace(playbook.id, playbook);
}

template <class Fact>
void Book::read(const ledger::Entry& entry) {
  // What cannot be understood is passed over: the ledger keeps what was said, sense or not.
  const auto fact = json::read<Fact>(as_text(entry.payload));
  if (!fact) return;
  ++changes_;
  on(*fact, entry);
}

void Book::apply(const ledger::Entry& entry) {
  next_ = entry.number + 1;
  switch (static_cast<Kind>(entry.kind)) {
    case Kind::telemetry:
    case Kind::event:
      return on_report(entry);
    case Kind::playbook_added:
      return read<facts::PlaybookAdded>(entry);
    case Kind::playbook_removed:
      return read<facts::PlaybookRemoved>(entry);
    case Kind::alert_raised:
      return read<facts::AlertRaised>(entry);
    case Kind::alert_grown:
      return read<facts::AlertGrown>(entry);
    case Kind::alert_resolved:
      return read<facts::AlertResolved>(entry);
    case Kind::response_proposed:
      return read<facts::ResponseProposed>(entry);
    case Kind::response_decided:
      return read<facts::ResponseDecided>(entry);
    case Kind::response_started:
      return read<facts::ResponseStarted>(entry);
    case Kind::response_done:
      return read<facts::ResponseDone>(entry);
    case Kind::response_released:
      return read<facts::ResponseReleased>(entry);
    case Kind::actuation_held:
      return read<facts::ActuationHeld>(entry);
    case Kind::actuation_decided:
      return read<facts::ActuationDecided>(entry);
    case Kind::actuation_sent:
      return read<facts::ActuationSent>(entry);
    case Kind::route_assigned:
      return read<facts::RouteAssigned>(entry);
    case Kind::device_state_changed:
      return read<facts::DeviceStateChanged>(entry);
    case Kind::device_retired:
      return read<facts::DeviceRetired>(entry);
    default:
      return;
  }
}

// --- playbooks

void Book::on(const facts::PlaybookAdded& fact, const ledger::Entry& entry) {
  auto playbook = Playbook::parse(fact.toml, fact.playbook);
  if (!playbook) return;
  playbook->since = entry.number;
  removed_.erase(playbook->id);
  playbooks_.insert_or_assign(playbook->id, *playbook);
  look_for_rules();
}

void Book::on(const facts::PlaybookRemoved& fact, const ledger::Entry&) {
  playbooks_.erase(fact.playbook);
  removed_.insert(fact.playbook);
  look_for_rules();
}

void Book::look_for_rules() {
  watching_ = std::ranges::any_of(playbooks_, [](const auto& item) { return !item.second.rules.empty(); });
}

// --- alerts

void Book::on(const facts::AlertRaised& fact, const ledger::Entry& entry) {
  const AlertRow row{.alert = fact.alert,
                     .device = fact.device,
                     .threat = fact.threat,
                     .level = fact.level,
                     .risk = fact.risk,
                     .proof = fact.proof,
                     .title = fact.title,
                     .explanation = fact.explanation,
                     .entry = entry.number,
                     .at = entry.received};
  if (!alerts_.emplace(row.alert, row).second) return;  // said twice
  index(row);
  call(row);
  forget_some();
}

void Book::on(const facts::AlertGrown& fact, const ledger::Entry& entry) {
  const auto found = alerts_.find(fact.alert);
  if (found == alerts_.end() || found->second.resolved) return;
  AlertRow& row = found->second;
  by_age_.erase(row.entry);
  row.level = std::max(row.level, fact.level);
  row.risk = fact.risk;
  row.proof = row.proof || fact.proof;
  row.explanation = fact.explanation;
  row.entry = entry.number;
  row.at = entry.received;
  index(row);
  call(row);
}

void Book::on(const facts::AlertResolved& fact, const ledger::Entry&) {
  const auto found = alerts_.find(fact.alert);
  if (found == alerts_.end()) return;
  found->second.resolved = fact.outcome;
  std::erase_if(wanted_, [&](const auto& item) { return item.second.alert == fact.alert; });
  const auto of_device = alerts_of_.find(found->second.device);
  if (of_device == alerts_of_.end()) return;
  of_device->second.erase(fact.alert);
  if (of_device->second.empty()) alerts_of_.erase(of_device);
}

void Book::index(const AlertRow& alert) {
  by_age_[alert.entry] = alert.alert;
  if (!alert.resolved && !alert.device.empty()) alerts_of_[alert.device].insert(alert.alert);
}

void Book::call(const AlertRow& alert) {
  for (const auto& [id, playbook] : playbooks_)
    for (auto& step : called_for(alert, playbook)) wanted_.emplace(step.response, std::move(step));
}

bool Book::fits(const Trigger& trigger, const AlertRow& alert) {
  if (alert.level < trigger.level || alert.risk < trigger.risk || (trigger.proof && !alert.proof)) return false;
  return trigger.threats.empty() || std::ranges::find(trigger.threats, alert.threat) != trigger.threats.end();
}

std::vector<Wanted> Book::called_for(const AlertRow& alert, const Playbook& playbook) const {
  const Trigger& trigger = playbook.trigger;
  if (!fits(trigger, alert)) return {};
  std::vector<Wanted> out;
  for (std::size_t i = 0; i < playbook.steps.size(); ++i) {
    // An incident of many has most often an innocent cause, and nothing is done to many at once: people are told.
    if (alert.device.empty() && playbook.steps[i].action != ResponseAction::notify) continue;
    const auto id = response_id(fleet_, alert.alert, playbook.id, i);
    if (responses_.contains(id)) continue;
    out.push_back({.response = id,
                   .playbook = playbook.id,
                   .number = i,
                   .step = playbook.steps[i],
                   .profiles = trigger.profiles,
                   .alert = alert.alert,
                   .cause = alert.entry,
                   .at = alert.at});
  }
  return out;
}

// The resolved and oldest first; what is still under way keeps its alert.
void Book::forget_some() {
  if (alerts_.size() <= alerts_max) return;
  const auto oldest =
      std::ranges::find_if(by_age_, [&](const auto& item) { return alerts_.at(item.second).resolved.has_value(); });
  const auto victim = oldest == by_age_.end() ? by_age_.begin() : oldest;
  const std::string alert = victim->second;
  by_age_.erase(victim);
  const std::string device = alerts_.at(alert).device;
  if (const auto of_device = alerts_of_.find(device); of_device != alerts_of_.end()) of_device->second.erase(alert);
  alerts_.erase(alert);
  std::erase_if(wanted_, [&](const auto& item) { return item.second.alert == alert; });
  std::erase_if(responses_, [&](const auto& item) { return item.second.alert == alert && !in_force(item.second); });
}

}  // namespace outrider::respond
