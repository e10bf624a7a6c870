// Doing a step: intent, deed, outcome.
#include <fmt/format.h>

#include "respond/act/say.h"

namespace outrider::respond {
namespace {

using facts::Lifecycle;
using facts::LifecycleEvent;
using facts::ResponseOutcome;

LifecycleEvent event_of(ResponseAction action) {
  switch (action) {
    case ResponseAction::lost:
      return LifecycleEvent::lost;
    case ResponseAction::stolen:
      return LifecycleEvent::stolen;
    case ResponseAction::retire:
      return LifecycleEvent::retire;
    default:
      return LifecycleEvent::quarantine;
  }
}

Lifecycle target_of(LifecycleEvent event) {
  switch (event) {
    case LifecycleEvent::lost:
      return Lifecycle::lost;
    case LifecycleEvent::stolen:
      return Lifecycle::stolen;
    case LifecycleEvent::retire:
      return Lifecycle::retired;
    default:
      return Lifecycle::quarantined;
  }
}

}  // namespace

std::string would_sentence(ResponseAction action, const std::string& device) {
  switch (action) {
    case ResponseAction::quarantine:
      return fmt::format("would put {} into quarantine", device);
    case ResponseAction::lost:
    case ResponseAction::stolen:
      return fmt::format("would mark {} as {}", device, word_of(action));
    case ResponseAction::revoke:
      return fmt::format("would revoke the identities of {}", device);
    case ResponseAction::retire:
      return fmt::format("would retire {}", device);
    case ResponseAction::disconnect:
      return fmt::format("would end the sessions of {}", device);
    case ResponseAction::lock:
    case ResponseAction::attest:
      return fmt::format("would send {} the command '{}'", device, word_of(action));
    case ResponseAction::hold_actuation:
      return fmt::format("would let nothing act on the word of {}", device);
    case ResponseAction::notify:
      break;
  }
  return "would send a notification";
}

Error unknown_alert(const std::string& id) {
  return {Errc::not_found, "unknown-alert", fmt::format("there is no alert '{}' that responses know of", id)};
}

Result<void> Desk::begin(const Response& response, bool automatic) {
  const std::string message = message_of(response);
  TRY(const auto number,
      say(response.device, facts::ResponseStarted{.response = response.response,
                                                  .playbook = response.playbook,
                                                  .step = response.number,
                                                  .action = response.step.action,
                                                  .alert = response.alert,
                                                  .device = response.device,
                                                  .automatic = automatic,
                                                  .message = message.empty() ? std::nullopt : std::optional(message),
                                                  .cause = response.cause}));
  static_cast<void>(number);
  TRY(const auto begun, as_it_is(book_.response(response.response)));
  return perform(begun);
}

Result<void> Desk::perform(const Response& response) {
  switch (response.step.action) {
    case ResponseAction::quarantine:
    case ResponseAction::lost:
    case ResponseAction::stolen:
    case ResponseAction::retire:
      return change(response);
    case ResponseAction::revoke: {
      const auto revoked = rooms_.hands.revoke(fleet_, DeviceId(response.device), playbook_name(response.playbook));
      if (!revoked && passing(revoked.error())) return std::unexpected(revoked.error());
      if (!revoked) return finish(response, ResponseOutcome::failed, revoked.error().text());
      return finish(response, ResponseOutcome::done,
                    fmt::format("{} {} revoked", *revoked, *revoked == 1 ? "identity" : "identities"));
    }
    case ResponseAction::disconnect:
      rooms_.hands.disconnect(fleet_, DeviceId(response.device), "response-disconnect");
      return finish(response, ResponseOutcome::done, "its sessions were ended; it may come back");
    case ResponseAction::lock:
    case ResponseAction::attest:
      return command(response);
    case ResponseAction::hold_actuation:
      return finish(response, ResponseOutcome::done, "what would act on its word waits for a person");
    case ResponseAction::notify:
      break;
  }
  return hand_over(response);
}

Result<void> Desk::change(const Response& response) {
  const DeviceId device(response.device);
  const LifecycleEvent event = event_of(response.step.action);
  const auto known = rooms_.hands.device(fleet_, device);
  if (!known && passing(known.error())) return std::unexpected(known.error());
  if (!known) return finish(response, ResponseOutcome::failed, known.error().text());
  const std::string is = boost::describe::enum_to_string(known->lifecycle, "?");
  if (known->lifecycle == target_of(event))
    return finish(
        response, ResponseOutcome::done,
        fmt::format("{} {}", response.device, book_.in_force(response) ? "is " + is : "was " + is + " already"));
  // What is refused altogether has fewer rights already than a quarantine leaves.
  const bool refused = known->lifecycle == Lifecycle::lost || known->lifecycle == Lifecycle::stolen ||
                       known->lifecycle == Lifecycle::retired;
  if (event == LifecycleEvent::quarantine && refused)
    return finish(response, ResponseOutcome::done, fmt::format("{} is {}, and refused anyway", response.device, is));
  const AlertRow* const alert = book_.alert(response.alert);
  const std::string why =
      clipped(fmt::format("playbook {}: {}", response.playbook, alert == nullptr ? response.alert : alert->title),
              why_bytes_max);
  const auto changed = rooms_.hands.change_state(fleet_, device, event, why, playbook_name(response.playbook),
                                                 {response.cause, response.entry});
  if (!changed && passing(changed.error())) return std::unexpected(changed.error());
  if (!changed) return finish(response, ResponseOutcome::failed, changed.error().text());
  return finish(response, ResponseOutcome::done,
                fmt::format("{} is {}", response.device, boost::describe::enum_to_string(target_of(event), "?")));
}

Result<void> Desk::command(const Response& response) {
  const auto heard =
      rooms_.hands.publish(fleet_, fmt::format("d/{}/command", response.device), response.message.value_or(""));
  if (!heard) return finish(response, ResponseOutcome::failed, heard.error().text());
  if (!*heard) return finish(response, ResponseOutcome::failed, "nobody listens to its command topic");
  return finish(response, ResponseOutcome::done, "published to those who listen; unsigned");
}

// The outcome of what was done. When it cannot be written it is kept, for what was done is not done again.
Result<void> Desk::finish(const Response& response, ResponseOutcome outcome, std::string detail, std::uint64_t tries) {
  return say_outcome(response.response, {.response = response.response,
                                         .outcome = outcome,
                                         .detail = clipped(std::move(detail), why_bytes_max),
                                         .tries = tries});
}

Result<void> Desk::say_outcome(const std::string& id, const facts::ResponseDone& fact) {
  const Response* const row = book_.response(id);
  if (row == nullptr || (row->state != State::started && row->state != State::releasing)) {
    unsaid_.erase(id);  // forgotten meanwhile
    return {};
  }
  unsaid_.insert_or_assign(id, fact);
  TRY(const auto number, say(row->device, facts::ResponseDone(fact)));
  static_cast<void>(number);
  unsaid_.erase(id);
  return {};
}

}  // namespace outrider::respond
