#include "server/response/hands.h"

#include <algorithm>
#include <set>

#include "api/api.h"
#include "api/handlers/pending.h"
#include "fleet/registry/revocation.h"

namespace outrider::server {

using api::Pending;

Result<respond::Hands::Device> ResponseHands::device(const FleetId& fleet, const DeviceId& device) const {
  TRY(const auto row, rooms_.registry.device(fleet, device));
  return Device{row.profile, row.lifecycle};
}

std::uint64_t ResponseHands::device_count(const FleetId& fleet) const {
  const auto counts = rooms_.registry.counts(fleet);
  return counts ? counts->devices - std::min(counts->devices, counts->retired) : 0;
}

// The first token of the line that a token comes from: it was made on this machine, and whoever could do that gave it
// to somebody. Names may be used again; the newest of a name is meant, for only that one can still be shown.
Result<std::string> ResponseHands::person(const std::string& by) const {
  constexpr std::string_view mark = "token:";
  TRY(const auto tokens, rooms_.registry.tokens(api::server_log()));
  std::string at = by;
  for (std::set<std::string> seen; at.starts_with(mark) && seen.insert(at).second;) {
    const auto* newest = static_cast<const fleet::Token*>(nullptr);
    for (const auto& token : tokens)
      if (mark.size() + token.name.size() == at.size() && at.ends_with(token.name) &&
          (newest == nullptr || newest->created <= token.created))
        newest = &token;
    if (newest == nullptr || !newest->by.starts_with(mark)) break;
    at = newest->by;
  }
  return at;
}

Result<void> ResponseHands::change_state(const FleetId& fleet, const DeviceId& device, facts::LifecycleEvent event,
                                         const std::string& why, const std::string& by,
                                         const std::vector<std::uint64_t>& cause) {
  Pending<fleet::Transition> done;
  rooms_.registry.change_state(fleet, device, {.event = event, .why = why, .by = by, .cause = cause}, done.callback());
  TRY(const auto made, done.wait());
  static_cast<void>(made);
  return {};
}

Result<std::uint64_t> ResponseHands::revoke(const FleetId& fleet, const DeviceId& device, const std::string& by) {
  TRY(const auto selection, rooms_.registry.select(fleet, {.device = device}));
  std::uint64_t revoked = 0;
  for (std::size_t at = 0; at < selection.serials.size(); at += fleet::revoke_batch_max) {
    const auto first = selection.serials.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(selection.serials.size() - at, fleet::revoke_batch_max);
    Pending<std::vector<Result<void>>> done;
    rooms_.registry.revoke_batch(fleet, {first, first + static_cast<std::ptrdiff_t>(count)}, "keyCompromise", by,
                                 done.callback());
    TRY(const auto outcomes, done.wait());
    for (const auto& outcome : outcomes) {
      if (!outcome && outcome.error().reason != "identity-revoked") return std::unexpected(outcome.error());
      revoked += outcome.has_value() ? 1U : 0U;
    }
  }
  return revoked;
}

void ResponseHands::disconnect(const FleetId& fleet, const DeviceId& device, const std::string& why) {
  rooms_.disconnect(fleet, device, why);
}

Result<bool> ResponseHands::publish(const FleetId& fleet, const std::string& topic, const std::string& json) {
  gateway::mqtt::Broker* const broker = rooms_.broker;
  if (broker == nullptr) return fail(Errc::unavailable, "starting", "the MQTT listener is not open");
  return broker->publish(fleet, topic, "application/json", as_bytes(json));
}

}  // namespace outrider::server
