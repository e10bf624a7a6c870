// What comes after a step: withdrawing it, undoing it, and what an earlier process left behind.
#include <fmt/format.h>

#include "respond/act/say.h"

namespace outrider::respond {

using facts::LifecycleEvent;
using facts::ResponseOutcome;

// A proposal whose alert meant nothing.
Result<void> Desk::withdraw(const Response& response) {
  const AlertRow* const alert = book_.alert(response.alert);
  const bool expected = alert != nullptr && alert->resolved == facts::AlertOutcome::expected;
  TRY(const auto said,
      say(response.device, facts::ResponseDone{.response = response.response,
                                               .outcome = ResponseOutcome::withdrawn,
                                               .detail = expected ? "its alert was resolved as expected"
                                                                  : "its alert was resolved as a false alarm",
                                               .tries = response.tries}));
  static_cast<void>(said);
  return {};
}

// Why what was done is to be undone now; empty: it is not.
std::string Desk::why_over(const Response& response) const {
  const auto playbook = book_.playbooks().find(response.playbook);
  const AlertRow* const alert = book_.alert(response.alert);
  if (playbook == book_.playbooks().end() || alert == nullptr) return {};
  const Release& release = playbook->second.release;
  if (alert->resolved) {
    if (release.when_false && *alert->resolved == facts::AlertOutcome::false_alarm)
      return "its alert was resolved as a false alarm";
    if (release.when_expected && *alert->resolved == facts::AlertOutcome::expected)
      return "its alert was resolved as expected";
    return {};
  }
  if (!release.quiet) return {};
  const Timestamp last = std::max(book_.last_alarm(response.device).value_or(alert->at), response.changed);
  if (rooms_.clock.now() - last < *release.quiet) return {};
  return fmt::format("nothing was said against it for {}", format_duration(*release.quiet));
}

Result<void> Desk::undo(const Response& response) {
  if (response.step.action == ResponseAction::hold_actuation || !book_.in_force(response)) {
    const bool held = response.step.action == ResponseAction::hold_actuation;
    return finish(response, ResponseOutcome::released,
                  held ? "its word counts again" : "its state is no longer what this response had made it");
  }
  const auto changed = rooms_.hands.change_state(fleet_, DeviceId(response.device), LifecycleEvent::release,
                                                 response.detail, response.by, {response.cause, response.entry});
  if (!changed && passing(changed.error())) return std::unexpected(changed.error());
  return finish(response, ResponseOutcome::released,
                changed ? fmt::format("{} has its rights again", response.device) : changed.error().text());
}

// Begun, without an outcome, and nobody in this process is about to say one.
bool Desk::left_behind(const Response& response) const {
  return response.state == State::started && !with_courier_.contains(response.response) &&
         !unsaid_.contains(response.response);
}

Result<void> Desk::end(const Response& response) {
  if (response.step.action == ResponseAction::disconnect)
    return finish(response, ResponseOutcome::done, "the server stopped, and every session with it");
  if (response.step.action == ResponseAction::lock || response.step.action == ResponseAction::attest)
    return finish(response, ResponseOutcome::unknown,
                  "the server stopped before it was known whether the command was published; it is not repeated");
  if (response.step.action != ResponseAction::notify) return perform(response);  // doing it again is doing it once
  if (response.repeated)
    return finish(response, ResponseOutcome::unknown,
                  "the server stopped a second time before it was known whether it had arrived", response.tries);
  return try_again(response);
}

}  // namespace outrider::respond
