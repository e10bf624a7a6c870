// Acts on the world by a device's word.
#include <fmt/format.h>

#include <algorithm>

#include "respond/act/say.h"

namespace outrider::respond {
namespace {

// Where a device was a quarter of an hour ago is no reason to send it elsewhere now.
constexpr std::chrono::minutes reading_age_max{15};
// What a rule does at a device's word within an hour without asking. A real condition begins and ends a few times; more
// often it is a device that plays with it, or a rule that answers itself.
constexpr std::size_t acts_per_hour = 12;

facts::ActuationSent sent_of(const Actuation& row) {
  return {.actuation = row.actuation,
          .playbook = row.playbook,
          .rule = row.rule,
          .device = row.device,
          .topic = row.topic,
          .message = row.message,
          .cause = row.cause};
}

// What a device reported as personal is personal in what follows from it, and goes with it when it is erased.
template <class Fact>
Result<void> append(ledger::Ledger& ledger, const FleetId& fleet, const Fact& fact) {
  auto draft = ledger::draft_of(fleet, {ledger::SubjectKind::device, fact.device}, fact);
  TRY(const auto report, ledger.read(fleet, fact.cause, 1));
  if (!report.empty()) draft.privacy = report.front().privacy;
  TRY(const auto number, ledger.append_and_wait(std::move(draft)));
  static_cast<void>(number);
  return {};
}

}  // namespace

Result<void> Desk::settle(const Actuation& row) {
  if (row.state == ActuationState::approved) return send(row);
  if (row.state == ActuationState::sending) {
    if (unsaid_sent_.contains(row.actuation)) return {};
    facts::ActuationSent fact = sent_of(row);
    fact.outcome = "unknown";  // an earlier process stopped in between; it is not repeated
    return say_outcome(fact);
  }
  const Timestamp now = rooms_.clock.now();
  TRY(const bool for_it, meant({.profiles = row.profiles}, row.device));
  const auto age = now - std::min(row.created, row.measured);
  if (!for_it || now - row.created > proposing_age_max) {
    book_.dismiss_actuation(row.actuation);
    return {};
  }
  if (!row.because.empty()) return hold(row, row.because, row.detail);
  if (const auto doubt = book_.doubt(row.device))
    return hold(row, doubt->because,
                doubt->because == "held" ? fmt::format("response {} holds what acts on its word", doubt->id)
                                         : fmt::format("alert {} stands against it", doubt->id));
  if (age > reading_age_max)
    return hold(row, "stale",
                fmt::format("the reading is {} old",
                            format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(age))));
  if (rooms_.brakes.mode_max != Mode::act) return hold(row, "mode", "respond.mode_max lets nothing act by itself");
  if (book_.acted_since(row, now - std::chrono::hours{1}) >= acts_per_hour)
    return hold(row, "limit", fmt::format("the rule has acted on its word {} times within the hour", acts_per_hour));
  return send(row);
}

Result<void> Desk::hold(const Actuation& row, std::string because, std::string detail) {
  CHECK(append(rooms_.ledger, fleet_,
               facts::ActuationHeld{.actuation = row.actuation,
                                    .playbook = row.playbook,
                                    .rule = row.rule,
                                    .device = row.device,
                                    .topic = row.topic,
                                    .message = row.message,
                                    .because = std::move(because),
                                    .detail = std::move(detail),
                                    .cause = row.cause}));
  return read_on();
}

Result<void> Desk::send(const Actuation& row) {
  facts::ActuationSent fact = sent_of(row);
  CHECK(append(rooms_.ledger, fleet_, fact));
  CHECK(read_on());
  const auto heard = rooms_.hands.publish(fleet_, row.topic, row.message);
  fact.outcome = !heard ? "unknown" : *heard ? "published" : "nobody-listens";
  return say_outcome(fact);
}

// When it cannot be written it is kept: the deed is done, and is not done again.
Result<void> Desk::say_outcome(const facts::ActuationSent& fact) {
  unsaid_sent_.insert_or_assign(fact.actuation, fact);
  CHECK(append(rooms_.ledger, fleet_, fact));
  unsaid_sent_.erase(std::string(fact.actuation));  // the fact may be the one that goes
  return read_on();
}

}  // namespace outrider::respond
