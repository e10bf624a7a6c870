#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "detect/checks/span.h"
#include "detect/checks/traffic/command_sign.h"
#include "detect/engine/evidence.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

using Text = std::string;

// observed: messages; expected: of its busiest minutes; limit; more: s, CUSUM
Text messages(const Evidence& e) {
  return fmt::format("{:.0f} messages in {} (busiest minute so far {:.0f}, limit {:.0f})", e.observed,
                     span_of(e.more[0]), e.expected, e.limit);
}
Text bytes(const Evidence& e) {
  return fmt::format("{:.0f} KiB in {} (busiest minute so far {:.1f} KiB, limit {:.0f} KiB)", e.observed / 1024,
                     span_of(e.more[0]), e.expected / 1024, e.limit / 1024);
}
// observed: refused; expected: allowed a minute; limit: refused; more: s
Text contract(const Evidence& e) {
  return fmt::format(
      "{:.0f} messages refused within {} because it sends too many (the contract allows {:.0f} a minute, "
      "a device that catches up is refused {:.0f} at most)",
      e.observed, span_of(e.more[0]), e.expected, e.limit);
}
// observed: others named, or refusals; expected: usual; limit: others, or the window; more: s
Text topics(const Evidence& e) {
  if (e.more[0] > 0)
    return fmt::format("tried topics of {:.0f} other devices within {} (usual {:.1f})", e.observed, span_of(e.more[0]),
                       e.expected);
  return fmt::format("{:.1f} refused topics within {} (usual {:.2g})", e.observed, span_of(e.limit), e.expected);
}
Text others(const Evidence& e) {
  return fmt::format("named {:.0f} other devices in topics, filters or client identifiers within {} (limit {:.0f})",
                     e.observed, span_of(e.more[0]), e.limit);
}
Text client_ids(const Evidence& e) {
  return fmt::format("asked for the client identifiers of {:.0f} other devices within {} (usual {:.1f})", e.observed,
                     span_of(e.more[0]), e.expected);
}
// observed, expected: topics; limit: messages
Text new_topic(const Evidence& e) {
  return fmt::format("used a topic it had never used in {:.0f} messages ({:.0f} topics until then)", e.limit,
                     e.expected);
}
// observed, expected: in the window; limit: the window, s
Text flapping(const Evidence& e) {
  return fmt::format("{:.1f} sessions within {} (usual {:.2g})", e.observed, span_of(e.limit), e.expected);
}
Text refused_reports(const Evidence& e) {
  return fmt::format("{:.1f} reports within {} that make no sense (usual {:.2g})", e.observed, span_of(e.limit),
                     e.expected);
}
// observed: s; expected: interval, s; limit: its longest gap, s; more: days known
Text quiet(const Evidence& e) {
  return fmt::format("silent for {} (interval {}, gaps up to {} are usual after {:.0f} days of it)",
                     span_of(e.observed), span_of(e.expected), span_of(e.limit), e.more[0]);
}
// What it was is more[0]; the figures are as commands.cpp gives them.
CommandSign sign_of(const Evidence& e) {
  return static_cast<CommandSign>(std::clamp(e.more[0], 0.0F, static_cast<float>(CommandSign::given_twice)));
}
// limit: s since it was given
Text which(const Evidence& e) {
  return e.observed > 0 ? fmt::format("which was given {} before", span_of(e.limit)) : "which nobody gave here";
}
Text command_signature(const Evidence& e) {
  return fmt::format("the device refused a command for its signature, {}", which(e));
}
// observed: times, answers in the window, or commands until then; expected: devices, usual, or sources; limit: s
Text command_source(const Evidence& e) {
  switch (sign_of(e)) {
    case CommandSign::by_stranger:
      return fmt::format(
          "an application without the right to it tried {:.0f} times to command it (and {:.0f} devices "
          "in all)",
          e.observed, std::max(e.expected, 1.0F));
    case CommandSign::new_source:
      return fmt::format(
          "a command from an application that had given none of the {:.0f} before, which came from "
          "{:.0f}",
          e.observed, e.expected);
    case CommandSign::answer_to_none:
      return fmt::format("{:.1f} answers within {} to commands that nobody gave here", e.observed, span_of(e.limit));
    case CommandSign::refused_source:
      return fmt::format("the device refused a command because of who gave it, {}", which(e));
    default:
      return fmt::format("tried {:.0f} times to command another device", e.observed);
  }
}
// observed: answers in the window, or s since it was given; expected: usual; limit: s
Text command_replay(const Evidence& e) {
  switch (sign_of(e)) {
    case CommandSign::refused_replayed:
      return fmt::format("the device refused a command that it had had before, {}", which(e));
    case CommandSign::refused_old:
      return fmt::format("the device refused a command that had expired, {}", which(e));
    case CommandSign::given_twice:
      return fmt::format("a command with the id of one that was given {} before{} (limit {})", span_of(e.observed),
                         e.more[1] > 0 ? " by another application" : "", span_of(e.limit));
    default:
      return fmt::format("{:.1f} more answers within {} than commands were given (usual {:.1f})", e.observed,
                         span_of(e.limit), e.expected);
  }
}

using enum Threat;
constexpr Family family = Family::traffic;
constexpr std::array<CheckInfo, 13> table{{
    {CheckId::message_rate, "message-rate", family, flooding, false,
     "messages a minute, against its own busiest minutes and the contract, and summed up (CUSUM)", messages},
    {CheckId::byte_rate, "byte-rate", family, flooding, false, "bytes a minute, likewise", bytes},
    {CheckId::refused_topic, "refused-topic", family, lateral_movement, false,
     "topics that are not granted, and those of a few others", topics},
    {CheckId::refused_others, "refused-others", family, impersonation, true,
     "topics, filters and client identifiers of five other devices or more within an hour", others},
    {CheckId::new_topic, "new-topic", family, anomaly, false, "a topic of its own that it never used", new_topic},
    {CheckId::flapping, "flapping", family, flooding, false, "sessions opened, against its own habit", flapping},
    {CheckId::report_refused, "report-refused", family, stolen_credentials, false,
     "bursts of reports that make no sense", refused_reports},
    {CheckId::silence, "silence", family, Threat::silence, false,
     "silence against its own rhythm; low battery, poor coverage and the sea excuse", quiet},
    {CheckId::contract_rate, "contract-rate", family, flooding, true,
     "refused at many times the rate of its contract, with nothing to catch up on", contract},
    {CheckId::foreign_client_id, "foreign-client-id", family, impersonation, false,
     "client identifiers of other devices", client_ids},
    {CheckId::command_signature, "command-signature", family, command_forgery, false,
     "commands that the device refuses for their signature", command_signature},
    {CheckId::command_source, "command-source", family, command_forgery, false,
     "commands by who may not give them or never did, and answers to commands that nobody gave", command_source},
    {CheckId::command_replay, "command-replay", family, command_forgery, false,
     "commands given twice, refused as replayed or old, and more answers than commands", command_replay},
}};

}  // namespace

std::span<const CheckInfo> traffic_checks() {
  return table;
}

}  // namespace outrider::detect
