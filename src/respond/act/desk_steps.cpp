// Doing a step: intent, deed, outcome.
#include <fmt/format.h>

#include "respond/act/say.h"

namespace outrider::respond {
namespace {

using facts::Lifecycle;
using facts::LifecycleEvent;
using facts::ResponseOutcome;

// A lock that arrives when the thief has sold the thing surprises its buyer.
constexpr std::chrono::minutes command_life{10};

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

Result<void> Desk::begin(Response response, bool automatic) {
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
  const Response* const begun = book_.response(response.response);
  if (begun == nullptr) return fail(Errc::internal, "the response that was begun is not in the book");
  return perform(Response(*begun));
}

Result<void> Desk::perform(const Response& response) {
  switch (response.step.action) {
    case ResponseAction::quarantine:
    case ResponseAction::lost:
    case ResponseAction::stolen:
    case ResponseAction::retire:
      return change(response);
    case ResponseAction::revoke: {
      const auto revoked = rooms_.hands.revoke(fleet_, DeviceId(response.device), "playbook:" + response.playbook);
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
  const AlertRow* const alert = book_.alert(response.alert);
  const auto taken = rooms_.courier.take(
      {.fleet = fleet_,
       .id = response.response,
       .body = response.message.value_or(""),
       .url = response.step.url,
       .to = response.step.to,
       .subject = fmt::format("[outrider] {}: {}{}{}", fleet_.value, alert == nullptr ? "an alert" : alert->title,
                              response.device.empty() ? "" : ": ", response.device)});
  if (!taken) return finish(response, ResponseOutcome::failed, taken.error().text());
  with_courier_.insert(response.response);
  return {};
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
  std::string why = fmt::format("playbook {}: {}", response.playbook, alert == nullptr ? response.alert : alert->title);
  why.resize(std::min(why.size(), why_bytes_max));
  const auto changed = rooms_.hands.change_state(fleet_, device, event, why, "playbook:" + response.playbook,
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

Result<void> Desk::finish(const Response& response, ResponseOutcome outcome, std::string detail, std::uint64_t tries) {
  TRY(const auto number,
      say(response.device,
          facts::ResponseDone{
              .response = response.response, .outcome = outcome, .detail = std::move(detail), .tries = tries}));
  static_cast<void>(number);
  return {};
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
  const AlertRow alert = row == nullptr ? AlertRow{.alert = response.alert} : *row;
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
