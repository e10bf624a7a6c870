#include <fmt/format.h>

#include <array>

#include "detect/checks/span.h"
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
// observed: times, or answers in the window; limit: the window, s; more: 1: an answer to no command
Text command_source(const Evidence& e) {
  if (e.more[0] > 0)
    return fmt::format("{:.1f} answers within {} to commands that nobody gave here", e.observed, span_of(e.limit));
  return fmt::format("tried {:.0f} times to command another device", e.observed);
}
Text command_replay(const Evidence& e) {
  return fmt::format("{:.1f} more answers within {} than commands were given (usual {:.1f})", e.observed,
                     span_of(e.limit), e.expected);
}

using enum Threat;
constexpr Family family = Family::traffic;
constexpr std::array<CheckInfo, 12> table{{
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
    {CheckId::command_source, "command-source", family, command_forgery, false,
     "commands given by a device, and answers to commands that nobody gave", command_source},
    {CheckId::command_replay, "command-replay", family, command_forgery, false, "more answers than commands",
     command_replay},
}};

}  // namespace

std::span<const CheckInfo> traffic_checks() {
  return table;
}

}  // namespace outrider::detect
