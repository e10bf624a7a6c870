// What comes after a step: undoing it, what the courier says, and what an earlier process left behind.
#include <fmt/format.h>

#include "respond/act/say.h"

namespace outrider::respond {

using facts::LifecycleEvent;
using facts::ResponseOutcome;

Result<void> Desk::undo(const Response& response) {
  if (response.step.action == ResponseAction::hold_actuation || !book_.in_force(response)) {
    const bool held = response.step.action == ResponseAction::hold_actuation;
    return finish(response, ResponseOutcome::released,
                  held ? "its word counts again" : "its state is no longer what this response had made it");
  }
  std::string why = response.detail;
  why.resize(std::min(why.size(), why_bytes_max));
  const auto changed = rooms_.hands.change_state(fleet_, DeviceId(response.device), LifecycleEvent::release, why,
                                                 response.by, {response.cause, response.entry});
  if (!changed && passing(changed.error())) return std::unexpected(changed.error());
  return finish(response, ResponseOutcome::released,
                changed ? fmt::format("{} has its rights again", response.device) : changed.error().text());
}

Result<void> Desk::recover() {
  const std::lock_guard lock(mutex_);
  CHECK(read_on());
  const auto rows = book_.responses();
  for (const auto& [id, response] : rows) {
    if (response.state != State::started || with_courier_.contains(id)) continue;
    if (response.step.action == ResponseAction::disconnect) {
      CHECK(finish(response, ResponseOutcome::done, "the server stopped, and every session with it"));
    } else if (response.step.action == ResponseAction::lock || response.step.action == ResponseAction::attest) {
      CHECK(finish(response, ResponseOutcome::unknown,
                   "the server stopped before it was known whether the command was published; it is not repeated"));
    } else if (response.step.action == ResponseAction::notify && response.attempt > 1) {
      CHECK(finish(response, ResponseOutcome::unknown,
                   "the server stopped a second time before it was known whether it had arrived"));
    } else if (response.step.action == ResponseAction::notify) {
      TRY(const auto number, say(response.device, facts::ResponseStarted{.response = id,
                                                                         .playbook = response.playbook,
                                                                         .step = response.number,
                                                                         .action = response.step.action,
                                                                         .alert = response.alert,
                                                                         .device = response.device,
                                                                         .automatic = response.automatic,
                                                                         .attempt = response.attempt + 1,
                                                                         .message = response.message,
                                                                         .cause = response.cause}));
      static_cast<void>(number);
      CHECK(perform(response));
    }
  }
  const auto actuations = book_.actuations();
  for (const auto& [id, row] : actuations) {
    if (row.state != ActuationState::sending) continue;
    TRY(const auto number, say(row.device, facts::ActuationSent{.actuation = id,
                                                                .playbook = row.playbook,
                                                                .rule = row.rule,
                                                                .device = row.device,
                                                                .topic = row.topic,
                                                                .message = row.message,
                                                                .cause = row.cause,
                                                                .outcome = "unknown"}));
    static_cast<void>(number);
  }
  return {};
}

void Desk::delivered(const std::string& id, const Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  with_courier_.erase(id);
  const Response* const response = book_.response(id);
  if (response == nullptr || response->state != State::started) return;
  // When this cannot be written it is an intent without an outcome: the next start knows what to do.
  const auto outcome = delivery.arrived ? ResponseOutcome::done : ResponseOutcome::failed;
  (void)finish(Response(*response), outcome, delivery.detail, delivery.tries);
}

}  // namespace outrider::respond
