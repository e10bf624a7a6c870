// What entries say of actuation: reports that call for it, and what was decided.
#include <fmt/format.h>

#include "respond/book/book.h"

namespace outrider::respond {
namespace {

constexpr std::string_view device_mark = "<device>";

std::string topic_of(const ActuatingRule& rule, const std::string& device) {
  std::string out = rule.topic;
  if (const auto at = out.find(device_mark); at != std::string::npos) out.replace(at, device_mark.size(), device);
  return out;
}

std::string message_of(const std::string& id, const ActuatingRule& rule, const std::string& device, const Fired& fired,
                       Trust trust) {
  json::Object out{{"actuation", id}, {"rule", rule.name}, {"device", device}};
  if (!rule.message.empty()) out["text"] = rule.message;
  if (fired.lat) out["lat"] = *fired.lat;
  if (fired.lon) out["lon"] = *fired.lon;
  if (fired.value) out[rule.reading] = *fired.value;
  out["measured"] = to_rfc3339(fired.measured);
  out["trust"] = word_of(trust);
  return json::compact(out);
}

}  // namespace

void Book::on_report(const ledger::Entry& entry) {
  if (!watching_) return;
  const auto report = read_report(entry);
  if (!report) return;
  const std::string& device = entry.subject.id;
  for (const auto& [id, playbook] : playbooks_) {
    for (const ActuatingRule& rule : playbook.rules) {
      const auto fired = watch_.look(fmt::format("{}/{}", id, rule.name), rule, device, *report);
      if (!fired) continue;
      const auto actuation = actuation_id(fleet_, id, rule.name, device, entry.number);
      Actuation row{.actuation = actuation,
                    .playbook = id,
                    .rule = rule.name,
                    .device = device,
                    .topic = topic_of(rule, device),
                    .message = message_of(actuation, rule, device, *fired, report->trust),
                    .profiles = rule.profiles,
                    .cause = entry.number,
                    .measured = fired->measured,
                    .created = entry.received,
                    .changed = entry.received};
      if (report->trust < rule.trust) {
        row.because = "trust";
        row.detail = fmt::format("the report is {}, the rule wants {}", word_of(report->trust), word_of(rule.trust));
      }
      actuations_.emplace(actuation, std::move(row));
      ++changes_;
    }
  }
  while (actuations_.size() > actuations_max) forget_actuation();
}

// Finished ones before those that wait, old ones before young ones.
void Book::forget_actuation() {
  const auto rank = [](const Actuation& row) {
    const bool waits = row.state == ActuationState::wanted || row.state == ActuationState::held ||
                       row.state == ActuationState::approved || row.state == ActuationState::sending;
    return std::pair(waits, row.created);
  };
  auto victim = actuations_.begin();
  for (auto at = actuations_.begin(); at != actuations_.end(); ++at)
    if (rank(at->second) < rank(victim->second)) victim = at;
  actuations_.erase(victim);
}

Actuation& Book::actuation_row(const std::string& id, const ledger::Entry& entry) {
  const auto [place, added] = actuations_.try_emplace(id);
  if (added) {
    place->second.actuation = id;
    place->second.created = entry.received;
  }
  place->second.changed = entry.received;
  return place->second;
}

void Book::on(const facts::ActuationHeld& fact, const ledger::Entry& entry) {
  Actuation& out = actuation_row(fact.actuation, entry);
  out.playbook = fact.playbook;
  out.rule = fact.rule;
  out.device = fact.device;
  out.topic = fact.topic;
  out.message = fact.message;
  out.because = fact.because;
  out.detail = fact.detail;
  out.cause = fact.cause;
  out.state = ActuationState::held;
}

void Book::on(const facts::ActuationDecided& fact, const ledger::Entry& entry) {
  const auto found = actuations_.find(fact.actuation);
  if (found == actuations_.end() || found->second.state != ActuationState::held) return;
  Actuation& out = actuation_row(fact.actuation, entry);
  out.by = fact.by;
  out.detail = fact.why;
  out.state = fact.approved ? ActuationState::approved : ActuationState::rejected;
}

void Book::on(const facts::ActuationSent& fact, const ledger::Entry& entry) {
  Actuation& out = actuation_row(fact.actuation, entry);
  out.playbook = fact.playbook;
  out.rule = fact.rule;
  out.device = fact.device;
  out.topic = fact.topic;
  out.message = fact.message;
  out.cause = fact.cause;
  if (!fact.outcome) {
    out.state = ActuationState::sending;
  } else if (*fact.outcome == "published") {
    out.state = ActuationState::published;
  } else {
    out.state = *fact.outcome == "nobody-listens" ? ActuationState::nobody_listens : ActuationState::unknown;
  }
}

void Book::on(const facts::RouteAssigned& fact, const ledger::Entry&) {
  watch_.set_route(fact);
}

}  // namespace outrider::respond
