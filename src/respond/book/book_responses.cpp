// What entries say of responses, and of the devices they were about.
#include <algorithm>
#include <array>

#include "respond/book/book.h"

namespace outrider::respond {
namespace {

using facts::ResponseOutcome;

// Alerts that say: do not act on what this device reports. An identity in wrong hands speaks with another's mouth.
constexpr std::array<std::string_view, 7> doubtful{"false-position",      "gnss-spoofing",   "gnss-jamming",
                                                   "sensor-manipulation", "cloned-identity", "stolen-credentials",
                                                   "impersonation"};

State state_after(ResponseOutcome outcome) {
  switch (outcome) {
    case ResponseOutcome::done:
      return State::done;
    case ResponseOutcome::failed:
      return State::failed;
    case ResponseOutcome::observed:
      return State::observed;
    case ResponseOutcome::withdrawn:
      return State::withdrawn;
    case ResponseOutcome::unknown:
      return State::unknown;
    case ResponseOutcome::postponed:
      return State::postponed;
    case ResponseOutcome::released:
      break;
  }
  return State::released;
}

}  // namespace

template <class Fact>
Response& Book::row(const Fact& fact, const ledger::Entry& entry) {
  Response& out = row_of(responses_, &Response::response, fact.response, entry.received);
  out.playbook = fact.playbook;
  out.number = fact.step;
  out.alert = fact.alert;
  out.device = fact.device;
  out.cause = fact.cause;
  if (const auto due = wanted_.find(fact.response); due != wanted_.end()) {
    out.step = due->second.step;
    wanted_.erase(due);
  } else if (const auto found = playbooks_.find(fact.playbook); out.step.url.empty() && out.step.to.empty() &&
                                                                found != playbooks_.end() &&
                                                                fact.step < found->second.steps.size()) {
    out.step = found->second.steps[fact.step];  // its alert was resolved just before: nothing is due any more
  }
  if (out.step.action != fact.action) out.step = {.action = fact.action};
  return out;
}

void Book::on(const facts::ResponseProposed& fact, const ledger::Entry& entry) {
  Response& out = row(fact, entry);
  out.because = fact.because;
  out.needs = fact.needs;
  out.approvals.clear();  // of an earlier time that it was due
  out.state = State::proposed;
}

void Book::on(const facts::ResponseDecided& fact, const ledger::Entry& entry) {
  const auto found = responses_.find(fact.response);
  if (found == responses_.end() || found->second.state != State::proposed) return;
  Response& out = found->second;
  out.changed = entry.received;
  out.by = fact.by;
  out.detail = fact.why;
  if (!fact.approved) {
    out.state = State::rejected;
    return;
  }
  // Two people, not one twice.
  if (std::ranges::find(out.approvals, fact.by) == out.approvals.end()) out.approvals.push_back(fact.by);
  if (out.approvals.size() >= out.needs) out.state = State::approved;
}

void Book::on(const facts::ResponseStarted& fact, const ledger::Entry& entry) {
  Response& out = row(fact, entry);
  // An intent after one of which nothing was said: what was meant may have happened, and happens once more.
  out.repeated = fact.attempt > 1 && (out.repeated || out.state == State::started);
  intents_.erase(out.entry);
  intents_[entry.number] = fact.response;
  out.automatic = fact.automatic;
  out.attempt = fact.attempt;
  if (fact.message) out.message = fact.message;
  out.entry = entry.number;
  out.state = State::started;
  if (!fact.automatic || fact.attempt > 1 || !restricting(fact.action)) return;
  restricted_.push_back(entry.received);
  if (restricted_.size() > counted_max) restricted_.pop_front();
}

void Book::on(const facts::ResponseDone& fact, const ledger::Entry& entry) {
  Response& out = row_of(responses_, &Response::response, fact.response, entry.received);
  if (fact.action) {  // only observed: nothing was said of it before
    out.playbook = fact.playbook.value_or("");
    out.number = fact.step.value_or(0);
    out.step = {.action = *fact.action};
    out.alert = fact.alert.value_or("");
    out.device = fact.device.value_or("");
    wanted_.erase(fact.response);
  }
  intents_.erase(out.entry);
  out.state = state_after(fact.outcome);
  out.detail = fact.detail;
  out.tries = fact.tries;
  if (out.step.action != ResponseAction::hold_actuation) return;
  if (out.state == State::done) holds_[out.device].insert(out.response);
  if (out.state != State::released) return;
  const auto held = holds_.find(out.device);
  if (held == holds_.end()) return;
  held->second.erase(out.response);
  if (held->second.empty()) holds_.erase(held);
}

void Book::on(const facts::ResponseReleased& fact, const ledger::Entry& entry) {
  const auto found = responses_.find(fact.response);
  if (found == responses_.end() || found->second.state != State::done) return;
  Response& out = found->second;
  out.changed = entry.received;
  out.state = State::releasing;
  out.by = fact.by;
  out.detail = fact.why;
  out.entry = entry.number;
}

// --- what became of devices

void Book::on(const facts::DeviceStateChanged& fact, const ledger::Entry&) {
  set_state(fact.device.value, fact.cause);
}

void Book::on(const facts::DeviceRetired& fact, const ledger::Entry&) {
  set_state(fact.device.value, fact.cause);
}

// Ours when the entry that caused it is the intent of a response; from then on nobody else's.
void Book::set_state(const std::string& device, const std::vector<std::uint64_t>& cause) {
  in_force_.erase(device);
  for (const std::uint64_t entry : cause) {
    const auto intent = intents_.find(entry);
    if (intent == intents_.end()) continue;
    const Response* const by = response(intent->second);
    if (by != nullptr && by->device == device) in_force_[device] = intent->second;
  }
}

bool Book::in_force(const Response& response) const {
  if (response.step.action == ResponseAction::hold_actuation) {
    const auto held = holds_.find(response.device);
    return held != holds_.end() && held->second.contains(response.response);
  }
  const auto found = in_force_.find(response.device);
  return found != in_force_.end() && found->second == response.response;
}

std::size_t Book::restricted_since(Timestamp since) const {
  return static_cast<std::size_t>(std::ranges::count_if(restricted_, [&](Timestamp at) { return at >= since; }));
}

std::size_t Book::restricted_now() const {
  return static_cast<std::size_t>(std::ranges::count_if(in_force_, [&](const auto& item) {
    const Response* const by = response(item.second);
    return by != nullptr && by->automatic;
  }));
}

std::optional<Timestamp> Book::last_alarm(const std::string& device) const {
  std::optional<Timestamp> out;
  const auto found = alerts_of_.find(device);
  if (found == alerts_of_.end()) return out;
  for (const auto& id : found->second) out = std::max(out.value_or(Timestamp{}), alerts_.at(id).at);
  return out;
}

std::optional<Book::Doubt> Book::doubt(const std::string& device) const {
  if (const auto held = holds_.find(device); held != holds_.end()) return Doubt{"held", *held->second.begin()};
  const auto found = alerts_of_.find(device);
  if (found == alerts_of_.end()) return std::nullopt;
  for (const auto& id : found->second)
    if (std::ranges::find(doubtful, alerts_.at(id).threat) != doubtful.end()) return Doubt{"standing-alert", id};
  return std::nullopt;
}

const AlertRow* Book::alert(const std::string& id) const {
  const auto found = alerts_.find(id);
  return found == alerts_.end() ? nullptr : &found->second;
}

const Response* Book::response(const std::string& id) const {
  const auto found = responses_.find(id);
  return found == responses_.end() ? nullptr : &found->second;
}

const Actuation* Book::actuation(const std::string& id) const {
  const auto found = actuations_.find(id);
  return found == actuations_.end() ? nullptr : &found->second;
}

}  // namespace outrider::respond
