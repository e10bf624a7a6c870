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

Book::Book(FleetId fleet, const Bounds& bounds)
    : fleet_(std::move(fleet)), bounds_(bounds), forget_actuations_at_(bounds.ended_actuations) {
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
  const auto alerts = retract(playbook->id);
  removed_.erase(playbook->id);
  playbooks_.insert_or_assign(playbook->id, *playbook);
  look_for_rules();
  // What was due under the old version and has not begun is due under the new one, if at all.
  for (const auto& id : alerts)
    if (const auto found = alerts_.find(id); found != alerts_.end())
      for (auto& step : called_for(found->second, playbooks_.at(playbook->id)))
        wanted_.insert_or_assign(step.response, std::move(step));
}

void Book::on(const facts::PlaybookRemoved& fact, const ledger::Entry&) {
  retract(fact.playbook);
  playbooks_.erase(fact.playbook);
  removed_.insert(fact.playbook);
  look_for_rules();
}

// What the playbook called for and nobody has begun, and what its rules have seen. The alerts it called for.
std::set<std::string> Book::retract(const std::string& playbook) {
  std::set<std::string> alerts;
  std::erase_if(wanted_, [&](const auto& item) {
    if (item.second.playbook != playbook) return false;
    alerts.insert(item.second.alert);
    return true;
  });
  std::erase_if(actuations_, [&](const auto& item) {
    return item.second.playbook == playbook && item.second.state == ActuationState::wanted;
  });
  watch_.forget_rules(playbook + "/");
  return alerts;
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
  if (!alert.resolved && !alert.device.empty()) alerts_of_[alert.device].insert(alert.alert);
}

void Book::call(const AlertRow& alert) {
  for (const auto& [id, playbook] : playbooks_)
    for (const Wanted& step : called_for(alert, playbook)) wanted_.emplace(step.response, step);
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
    if (const Response* const before = response(id); before != nullptr && !due_again(*before)) continue;
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

bool Book::due_again(const Response& response) const {
  return response.state == State::released && response.by == playbook_name(response.playbook);
}

}  // namespace outrider::respond
