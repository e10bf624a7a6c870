// What entries say of actuation: reports that call for it, and what was decided.
#include <fmt/format.h>

#include "respond/book/book.h"

namespace outrider::respond {
namespace {

constexpr std::string_view device_mark = "<device>";

std::string topic_of(const ActuatingRule& rule, const std::string& device) {
  std::string out = rule.topic;  // has the mark once, or not at all
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
      if (fired->crowded && row.because.empty()) {
        row.because = "crowded";
        row.detail = "too many conditions hold at once to know whether this one is new";
      }
      actuations_.emplace(actuation, std::move(row));
      ++changes_;
    }
  }
  forget_actuations();
}

template <class Fact>
Actuation& Book::actuation_row(const Fact& fact, const ledger::Entry& entry) {
  Actuation& out = row_of(actuations_, &Actuation::actuation, fact.actuation, entry.received);
  out.playbook = fact.playbook;
  out.rule = fact.rule;
  out.device = fact.device;
  out.topic = fact.topic;
  out.message = fact.message;
  out.cause = fact.cause;
  return out;
}

// A device that falls short again and again has one thing that waits for a person, and not a thousand.
void Book::supersede(const Actuation& newer) {
  const auto [place, added] = held_.try_emplace(whose_of(newer), newer.actuation);
  if (added) return;
  const auto older = actuations_.find(std::exchange(place->second, newer.actuation));
  if (older == actuations_.end() || older->first == newer.actuation || older->second.state != ActuationState::held)
    return;
  older->second.state = ActuationState::superseded;
  older->second.changed = newer.changed;
}

void Book::on(const facts::ActuationHeld& fact, const ledger::Entry& entry) {
  Actuation& out = actuation_row(fact, entry);
  out.because = fact.because;
  out.detail = fact.detail;
  out.state = ActuationState::held;
  supersede(out);
  forget_actuations();
}

void Book::on(const facts::ActuationDecided& fact, const ledger::Entry& entry) {
  const auto found = actuations_.find(fact.actuation);
  if (found == actuations_.end() || found->second.state != ActuationState::held) return;
  Actuation& out = found->second;
  out.changed = entry.received;
  out.by = fact.by;
  out.detail = fact.why;
  out.state = fact.approved ? ActuationState::approved : ActuationState::rejected;
  held_.erase(whose_of(out));
}

void Book::on(const facts::ActuationSent& fact, const ledger::Entry& entry) {
  Actuation& out = actuation_row(fact, entry);
  if (!fact.outcome) {
    out.state = ActuationState::sending;
    if (out.by.empty()) acted_.push_back({entry.received, whose_of(out)});
    if (acted_.size() > counted_max) acted_.pop_front();
  } else if (*fact.outcome == "published") {
    out.state = ActuationState::published;
  } else {
    out.state = *fact.outcome == "nobody-listens" ? ActuationState::nobody_listens : ActuationState::unknown;
  }
  forget_actuations();
}

std::size_t Book::acted_since(const Actuation& row, Timestamp since) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      acted_, [&, whose = whose_of(row)](const Acted& acted) { return acted.at >= since && acted.whose == whose; }));
}

void Book::on(const facts::RouteAssigned& fact, const ledger::Entry&) {
  watch_.set_route(fact);
}

}  // namespace outrider::respond
