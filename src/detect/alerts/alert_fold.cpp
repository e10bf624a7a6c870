// What each entry makes of a fleet's alerts.
#include <algorithm>

#include "detect/alerts/alert_book.h"
#include "detect/input/entry_fact.h"
#include "facts/response.h"

namespace outrider::detect {
namespace {

AlertEvent event_of(const ledger::Entry& entry, std::string by, std::string text) {
  return {.entry = entry.number,
          .at = entry.received,
          .what = std::string(name_of(static_cast<Kind>(entry.kind))),
          .by = std::move(by),
          .text = std::move(text)};
}

void happen(Alert& alert, AlertEvent event) {
  alert.changed = std::max(alert.changed, event.at);
  if (alert.events.size() == AlertBook::events_max) alert.events.erase(alert.events.begin());
  const auto later = std::ranges::upper_bound(alert.events, event.entry, {}, &AlertEvent::entry);
  alert.events.insert(later, std::move(event));
}

// Those that are over make room, the oldest first.
template <class T, class Over>
void keep_few(std::vector<T>& all, Over over) {
  auto past = static_cast<std::size_t>(std::ranges::count_if(all, over));
  std::erase_if(all, [&](const T& one) {
    if (past <= AlertBook::past_max || !over(one)) return false;
    --past;
    return true;
  });
}

template <class Enum>
std::string word(Enum value) {
  return boost::describe::enum_to_string(value, "?");
}

}  // namespace

Alert* AlertBook::Shelf::find(std::string_view id) {
  const auto found = by_id.find(id);
  return found == by_id.end() ? nullptr : &alerts.at(found->second);
}

void AlertBook::Shelf::fold(const ledger::Entry& entry, const Limits& limits) {
  take(entry);
  bound(limits);
}

void AlertBook::Shelf::take(const ledger::Entry& entry) {
  switch (static_cast<Kind>(entry.kind)) {
    case Kind::alert_raised:
      return raise(entry);
    case Kind::alert_grown:
      return grow(entry);
    case Kind::alert_acknowledged:
    case Kind::alert_resolved:
    case Kind::alert_noted:
      return decide(entry);
    case Kind::suppression_added:
    case Kind::suppression_lifted:
    case Kind::maintenance_planned:
    case Kind::maintenance_ended:
      return excuse(entry);
    case Kind::response_proposed:
    case Kind::response_decided:
    case Kind::response_started:
    case Kind::response_done:
    case Kind::response_released:
      return respond(entry);
    case Kind::key_shredded:
      return forget(entry.subject);
    default:
      return;
  }
}

void AlertBook::Shelf::raise(const ledger::Entry& entry) {
  auto fact = fact_of<facts::AlertRaised>(entry);
  if (!fact || by_id.contains(fact->alert)) return;
  by_id[fact->alert] = entry.number;
  Alert& alert = alerts[entry.number];
  alert.entry = entry.number;
  alert.raised = alert.changed = entry.received;
  alert.personal = entry.privacy == ledger::Privacy::personal;
  alert.said = *std::move(fact);
  happen(alert, event_of(entry, {}, word(alert.said.level)));
}

void AlertBook::Shelf::grow(const ledger::Entry& entry) {
  auto fact = fact_of<facts::AlertGrown>(entry);
  Alert* alert = fact ? find(fact->alert) : nullptr;
  if (alert == nullptr) return;
  ++alert->grown;
  alert->personal = alert->personal || entry.privacy == ledger::Privacy::personal;
  happen(*alert, event_of(entry, {}, word(fact->level)));
  const bool paged = fact->level == facts::AlertLevel::page && alert->said.level == facts::AlertLevel::ticket;
  if (paged && entry.number > alert->decided)
    alert->state = after(alert->state, AlertStep::reopen).value_or(alert->state);
  auto& said = alert->said;
  said.level = std::max(said.level, fact->level);
  said.risk = fact->risk;
  said.proof = said.proof || fact->proof;
  said.explanation = std::move(fact->explanation);
  said.evidence = std::move(fact->evidence);
  said.device_count = std::max(said.device_count, fact->device_count);
  for (auto& device : fact->devices)
    if (said.devices.size() < devices_max) said.devices.push_back(std::move(device));
}

void AlertBook::Shelf::decide(const ledger::Entry& entry) {
  const auto step = [&](Alert* alert, AlertStep taken) {
    const auto to = alert == nullptr ? std::nullopt : after(alert->state, taken);
    if (!to) return false;
    alert->state = *to;
    alert->decided = entry.number;
    return true;
  };
  const auto kind = static_cast<Kind>(entry.kind);
  if (kind == Kind::alert_acknowledged) {
    const auto fact = fact_of<facts::AlertAcknowledged>(entry);
    Alert* alert = fact ? find(fact->alert) : nullptr;
    if (step(alert, AlertStep::acknowledge)) happen(*alert, event_of(entry, fact->by, fact->comment));
  } else if (kind == Kind::alert_resolved) {
    const auto end = fact_of<facts::AlertResolved>(entry);
    Alert* alert = end ? find(end->alert) : nullptr;
    if (!step(alert, AlertStep::resolve)) return;
    alert->outcome = end->outcome;
    resolved.insert(alert->entry);
    happen(*alert, event_of(entry, end->by, word(end->outcome) + (end->comment.empty() ? "" : ": " + end->comment)));
  } else {
    const auto note = fact_of<facts::AlertNoted>(entry);
    Alert* alert = note ? find(note->alert) : nullptr;
    if (alert == nullptr) return;
    if (note->assignee) alert->assignee = note->assignee->empty() ? std::nullopt : note->assignee;
    std::string text = note->comment;
    if (note->assignee)
      text = (note->assignee->empty() ? "nobody's" : "for " + *note->assignee) + (text.empty() ? "" : ": " + text);
    happen(*alert, event_of(entry, note->by, std::move(text)));
  }
}

void AlertBook::Shelf::excuse(const ledger::Entry& entry) {
  const auto kind = static_cast<Kind>(entry.kind);
  if (kind == Kind::suppression_added) {
    if (auto fact = fact_of<facts::SuppressionAdded>(entry))
      suppressions.push_back({.said = *std::move(fact), .entry = entry.number, .added = entry.received});
    keep_few(suppressions, [&](const Suppression& one) { return one.lifted || one.said.expires <= entry.received; });
  } else if (kind == Kind::suppression_lifted) {
    if (const auto fact = fact_of<facts::SuppressionLifted>(entry))
      for (auto& one : suppressions) one.lifted = one.lifted || one.said.suppression == fact->suppression;
  } else if (kind == Kind::maintenance_planned) {
    if (auto fact = fact_of<facts::MaintenancePlanned>(entry))
      maintenance.push_back({.said = *std::move(fact), .entry = entry.number, .planned = entry.received});
    keep_few(maintenance, [&](const Maintenance& one) { return one.ended || one.said.until <= entry.received; });
  } else if (const auto fact = fact_of<facts::MaintenanceEnded>(entry)) {
    for (auto& one : maintenance)
      if (one.said.maintenance == fact->maintenance && !one.ended) one.ended = entry.received;
  }
}

// A response's first entry names its alert; those that follow name the response.
void AlertBook::Shelf::respond(const ledger::Entry& entry) {
  const auto kind = static_cast<Kind>(entry.kind);
  std::string response, by, text;
  std::optional<std::string> alert;
  if (kind == Kind::response_proposed) {
    const auto fact = fact_of<facts::ResponseProposed>(entry);
    if (!fact) return;
    response = fact->response, alert = fact->alert, text = word(fact->action) + " (" + fact->playbook + ")";
  } else if (kind == Kind::response_started) {
    const auto fact = fact_of<facts::ResponseStarted>(entry);
    if (!fact) return;
    response = fact->response, alert = fact->alert, text = word(fact->action) + " (" + fact->playbook + ")";
  } else if (kind == Kind::response_done) {
    const auto fact = fact_of<facts::ResponseDone>(entry);
    if (!fact) return;
    response = fact->response, alert = fact->alert, text = word(fact->outcome);
    if (fact->action) text += ": " + word(*fact->action);
  } else if (kind == Kind::response_decided) {
    const auto fact = fact_of<facts::ResponseDecided>(entry);
    if (!fact) return;
    response = fact->response, by = fact->by, text = fact->approved ? "approved" : "rejected";
  } else {
    const auto fact = fact_of<facts::ResponseReleased>(entry);
    if (!fact) return;
    response = fact->response, by = fact->by, text = fact->why;
  }
  Alert* about = alert ? find(*alert) : nullptr;
  if (about != nullptr) {
    by_response[response] = about->entry;
  } else if (const auto known = by_response.find(response); known != by_response.end()) {
    about = &alerts.at(known->second);
  }
  if (about != nullptr) happen(*about, event_of(entry, std::move(by), std::move(text)));
}

// The entries that say what these alerts are cannot be read any more; a book made of them anew would not have them.
void AlertBook::Shelf::forget(const ledger::Subject& subject) {
  if (subject.kind != ledger::SubjectKind::device) return;
  std::vector<std::uint64_t> gone;
  for (const auto& [number, alert] : alerts)
    if (alert.personal && alert.said.device == subject.id) gone.push_back(number);
  for (const std::uint64_t number : gone) drop(number);
}

void AlertBook::Shelf::drop(std::uint64_t number) {
  const auto found = alerts.find(number);
  by_id.erase(found->second.said.alert);
  std::erase_if(by_response, [&](const auto& one) { return one.second == number; });
  resolved.erase(number);
  alerts.erase(found);
}

void AlertBook::Shelf::bound(const Limits& limits) {
  while (resolved.size() > limits.resolved_max) drop(*resolved.begin());
  // Whoever brings many tickets about must not push a page out.
  const auto standing = [&](facts::AlertLevel level) {
    return std::ranges::find_if(alerts, [&](const auto& one) {
      return one.second.state != AlertState::resolved && one.second.said.level == level;
    });
  };
  while (alerts.size() - resolved.size() > limits.open_max) {
    const auto ticket = standing(facts::AlertLevel::ticket);
    drop(ticket != alerts.end() ? ticket->first : standing(facts::AlertLevel::page)->first);
  }
}

}  // namespace outrider::detect
