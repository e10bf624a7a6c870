#include "fleet/lifecycle/lifecycle.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/suggest.h"
#include "fleet/state/inventory.h"
#include "wire/utf8.h"

namespace outrider::fleet {
namespace {

template <class Enum>
std::string word(Enum value) {
  return boost::describe::enum_to_string(value, "?");
}

// What the event is meant to lead to: where it leads first.
facts::Lifecycle aim_of(facts::LifecycleEvent event) {
  return std::ranges::find(lifecycle_edges, event, &LifecycleEdge::event)->to;
}

// What can be done instead.
std::string events_from(facts::Lifecycle from, Reached reached) {
  std::vector<std::string> out;
  for (const LifecycleEdge& edge : lifecycle_edges)
    if (edge.from == from && reached >= edge.least && std::ranges::find(out, word(edge.event)) == out.end())
      out.push_back(word(edge.event));
  return fmt::format("{}", fmt::join(out, ", "));
}

// C0 and C1 controls and what reorders a line would let a reason look like something else on a screen.
bool is_plain(std::string_view text) {
  if (!wire::valid_utf8(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (byte == 0xc2 && next < 0xa0) return false;  // U+0080 to U+009F
    const auto last = i + 2 < text.size() ? static_cast<unsigned char>(text[i + 2]) : 0;
    if (byte == 0xe2 && next == 0x80 && last >= 0xa8 && last <= 0xae) return false;  // U+2028 to U+202E
    if (byte == 0xe2 && next == 0x81 && last >= 0xa6 && last <= 0xa9) return false;  // U+2066 to U+2069
  }
  return true;
}

Result<void> check_plain(std::string_view what, std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max)
    return fail(Errc::too_large, "too-long", fmt::format("{}: longer than {} bytes", what, bytes_max));
  if (is_plain(text)) return {};
  return fail(Errc::malformed, "bad-text", fmt::format("{}: expected plain text on one line", what));
}

}  // namespace

Result<facts::Lifecycle> next_state(const DeviceId& device, facts::Lifecycle from, facts::LifecycleEvent event,
                                    Reached reached) {
  const auto edge = std::ranges::find_if(lifecycle_edges, [&](const LifecycleEdge& each) {
    return each.event == event && each.from == from && reached >= each.least;
  });
  if (edge != lifecycle_edges.end()) return edge->to;
  const facts::Lifecycle aim = aim_of(event);
  if (from == facts::Lifecycle::retired)
    return fail(Errc::conflict, "device-retired",
                aim == from ? fmt::format("device '{}' is retired already", device.value)
                            : fmt::format("device '{}' is retired, which is final, and cannot become {}", device.value,
                                          word(aim)));
  return fail(Errc::conflict, "no-such-transition",
              aim == from ? fmt::format("device '{}' is {} already", device.value, word(from))
                          : fmt::format("device '{}' is {} and cannot become {} by '{}'; what can happen to it now: {}",
                                        device.value, word(from), word(aim), word(event), events_from(from, reached)));
}

Result<facts::LifecycleEvent> parse_event(std::string_view name) {
  std::vector<std::string_view> known;
  std::optional<facts::LifecycleEvent> found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<facts::LifecycleEvent>>([&](auto each) {
    known.emplace_back(each.name);
    if (name == each.name) found = each.value;
  });
  if (found) return *found;
  return fail(Errc::malformed, "bad-event",
              fmt::format("there is no event '{}'{}; the events are {}", name.substr(0, 64), did_you_mean(name, known),
                          fmt::join(known, ", ")));
}

Result<void> check_change(const StateChange& change) {
  if (change.why.empty()) return fail(Errc::malformed, "no-reason", "why: say why; it is kept in the ledger");
  CHECK(check_plain("why", change.why, why_bytes_max));
  CHECK(check_plain("by", change.by, label_bytes_max));
  if (change.cause.size() > cause_entries_max)
    return fail(Errc::too_large, "too-many", fmt::format("cause: more than {} entries", cause_entries_max));
  const bool may_revoke = change.event == facts::LifecycleEvent::lost ||
                          change.event == facts::LifecycleEvent::stolen ||
                          change.event == facts::LifecycleEvent::retire;
  if (change.revoke && !may_revoke)
    return fail(Errc::malformed, "bad-event",
                fmt::format("'{}' leaves identities as they are; see identity revoke", word(change.event)));
  return {};
}

}  // namespace outrider::fleet
