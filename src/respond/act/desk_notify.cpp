// Telling people and receivers: what is told, and when it is tried again. Each try has an intent of its own before it
// and an outcome after it, so that neither a crash nor a restart loses a notification or begins its pauses anew.
#include <fmt/format.h>

#include <array>

#include "respond/act/say.h"

namespace outrider::respond {
namespace {

using facts::ResponseOutcome;

// Before the second and later tries: a receiver that restarts is back within a minute, one that is repaired within a
// quarter of an hour. The first pause is also that of what could not be tried at all.
constexpr std::array<std::chrono::milliseconds, 5> pauses{std::chrono::seconds{1}, std::chrono::seconds{5},
                                                          std::chrono::seconds{30}, std::chrono::minutes{2},
                                                          std::chrono::minutes{10}};
constexpr std::size_t tries_max = pauses.size() + 1;

// A lock that arrives when the thief has sold the thing surprises its buyer.
constexpr std::chrono::minutes command_life{10};
// Of an alert's explanation; a few sentences have a tenth of that.
constexpr std::size_t explanation_bytes_max = 4'000;

std::chrono::milliseconds pause_after(std::uint64_t tries) {
  return pauses.at(std::min<std::size_t>(std::max<std::uint64_t>(tries, 1), pauses.size()) - 1);
}

}  // namespace

Letter Desk::letter_of(const Response& response) const {
  const AlertRow* const alert = book_.alert(response.alert);
  return {.fleet = fleet_,
          .id = response.response,
          .body = response.message.value_or(""),
          .url = response.step.url,
          .to = response.step.to,
          .subject = fmt::format("[outrider] {}: {}{}{}", fleet_.value, alert == nullptr ? "an alert" : alert->title,
                                 response.device.empty() ? "" : ": ", response.device)};
}

Result<void> Desk::hand_over(const Response& response) {
  if (const auto taken = rooms_.courier.take(letter_of(response)); !taken)
    return finish(response, ResponseOutcome::postponed, taken.error().detail, response.tries);
  with_courier_.insert(response.response);
  return {};
}

bool Desk::due_again_now(const Response& response) const {
  if (response.state != State::postponed || !rooms_.courier.has_room(letter_of(response))) return false;
  const auto waited = rooms_.clock.now() - response.changed;
  return waited < waited.zero() || waited >= pause_after(response.tries);  // a clock that was set back
}

Result<void> Desk::try_again(const Response& response) {
  TRY(const auto number, say(response.device, facts::ResponseStarted{.response = response.response,
                                                                     .playbook = response.playbook,
                                                                     .step = response.number,
                                                                     .action = response.step.action,
                                                                     .alert = response.alert,
                                                                     .device = response.device,
                                                                     .automatic = response.automatic,
                                                                     .attempt = response.attempt + 1,
                                                                     .cause = response.cause}));
  static_cast<void>(number);
  return hand_over(response);
}

void Desk::delivered(const std::string& id, const Posted& posted) {
  const std::lock_guard lock(mutex_);
  with_courier_.erase(id);
  const Response* const found = book_.response(id);
  if (found == nullptr || found->state != State::started) return;
  const Response response = *found;
  using Fate = Posted::Fate;
  // What cannot be written now is kept, and written by advance().
  if (posted.fate == Fate::untried) {
    (void)finish(response, ResponseOutcome::postponed, posted.detail, response.tries);
    return;
  }
  const std::uint64_t tries = response.tries + 1;
  if (posted.fate == Fate::try_again && tries < tries_max) {
    const auto pause = format_duration(pause_after(tries));
    (void)finish(response, ResponseOutcome::postponed, fmt::format("{}; tried again in {}", posted.detail, pause),
                 tries);
  } else {
    (void)finish(response, posted.fate == Fate::arrived ? ResponseOutcome::done : ResponseOutcome::failed,
                 posted.detail, tries);
  }
}

// What a device or a receiver is told; empty for the others.
std::string Desk::message_of(const Response& response) const {
  const Timestamp now = rooms_.clock.now();
  if (response.step.action == ResponseAction::lock || response.step.action == ResponseAction::attest) {
    return json::compact(json::Object{{"command", word_of(response.step.action)},
                                      {"id", response.response},
                                      {"alert", response.alert},
                                      {"issued", to_rfc3339(now)},
                                      {"expires", to_rfc3339(now + command_life)}});
  }
  if (response.step.action != ResponseAction::notify) return {};
  const AlertRow* const row = book_.alert(response.alert);
  AlertRow alert = row == nullptr ? AlertRow{.alert = response.alert} : *row;
  alert.explanation = clipped(std::move(alert.explanation), explanation_bytes_max);
  const std::string level = boost::describe::enum_to_string(alert.level, "?");
  if (!response.step.url.empty()) {
    return json::compact(json::Object{{"id", response.response},
                                      {"fleet", fleet_.value},
                                      {"alert", alert.alert},
                                      {"device", alert.device},
                                      {"threat", alert.threat},
                                      {"level", level},
                                      {"risk", alert.risk},
                                      {"proof", alert.proof},
                                      {"title", alert.title},
                                      {"explanation", alert.explanation},
                                      {"playbook", response.playbook},
                                      {"entry", alert.entry},
                                      {"time", to_rfc3339(alert.at)}});
  }
  return fmt::format(
      "{}\n\n{}\n\nfleet    {}\ndevice   {}\nalert    {}\nlevel    {}\nrisk     {:.1f} nats{}\nentry    {}\ntime     "
      "{}\nplaybook {}\n\nLook: outrider alert show {} --fleet {}\n",
      alert.title, alert.explanation, fleet_.value, alert.device.empty() ? "several" : alert.device, alert.alert, level,
      alert.risk, alert.proof ? ", with proof" : "", alert.entry, to_rfc3339(alert.at), response.playbook, alert.alert,
      fleet_.value);
}

}  // namespace outrider::respond
