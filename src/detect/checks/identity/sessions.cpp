// Sessions: where they come from, who shook hands, and whether two of them are alive at once.
#include <algorithm>
#include <array>
#include <cmath>

#include "detect/checks/identity/identity.h"
#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

using Side = IdentityState::Side;

// A client that was displaced tries again within its longest backoff, two minutes in common libraries.
constexpr std::uint32_t return_s_max = 600;
// Shorter than this, two sessions are one that goes and one that comes.
constexpr std::uint32_t overlap_s_min = 60;
// No session that hears nothing outlives 1.5 times the longest keep alive (5 h).
constexpr std::uint32_t silent_s_max = 27'000;
// Two living sessions from networks of different people: a hundredth of all devices does so once, by two modems.
constexpr double overlaps_usual = 0.01;
// Before a fleet has shown how often its devices come up elsewhere: one session of ten.
constexpr double changes_at_first = 2, sessions_at_first = 20;
constexpr std::uint8_t overlaps_counted_max = 250;
// So many reports say nothing about the firmware before another TLS stack is said to run under the same one: what is
// new after a start is said with the first.
constexpr std::uint8_t stack_reports = 3;

std::uint32_t half(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash ^ hash >> 32U);
}

Side side_of(const Session& session, double now_s) {
  const std::uint64_t whose = session.asn != 0 ? session.asn : session.network;
  const bool known = whose != 0 || session.country != 0 || session.network_kind != 0;
  const std::uint64_t place =
      mix(mix(whose) + (static_cast<std::uint64_t>(session.country) << 8U) + session.network_kind);
  return {half(session.prefix), known ? half(place) | 1U : 0, half(session.tls), static_cast<std::uint32_t>(now_s)};
}

bool differ(std::uint32_t a, std::uint32_t b) {
  return a != 0 && b != 0 && a != b;
}
bool same_side(const Side& a, const Side& b) {
  return a.prefix == b.prefix && !differ(a.tls, b.tls);
}
// More than another address of the same carrier.
bool strange(const Side& a, const Side& b) {
  return differ(a.place, b.place) || differ(a.tls, b.tls);
}

// A, B, A: whoever was displaced is back. A device that roams goes on, it does not return at once.
void check_return(IdentityState& state, const Side& side, double now_s, Surprises& surprises) {
  const Side &displaced = state.displaced, &before = state.before;
  if (before.at_s == 0 || side.at_s - before.at_s > return_s_max) return;
  if (!same_side(side, before) || same_side(side, displaced)) return;
  count_sign_of_two(state, now_s, strange(before, displaced) ? Twin::returned : Twin::nearby, surprises);
}

// Between two sessions it came from one country to another: how many of the fleet do that in this time?
void check_travel(const IdentityState& state, const Session& session, const Context& context, Surprises& surprises) {
  constexpr std::array<double, IdentityMemory::spans> spans{900, 7200, 28'800};
  if (state.last_country == 0 || session.country == 0) return;
  const double since = std::max(0.0, context.now_s - state.last_s);
  const auto span = std::ranges::upper_bound(spans, since) - spans.begin();
  const double share =
      context.fleet.identity.share_of_move(state.last_country, session.country, static_cast<std::uint8_t>(span));
  if (session.country == state.last_country || span == std::ssize(spans)) return;
  surprises.add({.check = CheckId::session_travel,
                 .nats = static_cast<float>(-std::log(share)),
                 .observed = static_cast<float>(since),
                 .expected = static_cast<float>(share),
                 .limit = static_cast<float>(spans.at(static_cast<std::size_t>(span))),
                 .more = {static_cast<float>(state.last_country), static_cast<float>(session.country)}});
}

// At a place where it never was: how often do devices come up at new places, and how often at this one?
void check_place(IdentityState& state, const Side& side, const Session& session, const Context& context,
                 Surprises& surprises) {
  if (side.place == 0) return;
  IdentityMemory& fleet = context.fleet.identity;
  auto& places = state.places;
  // Its first place is none to come from: it says nothing about how often devices change.
  if (places[0] != 0) ++fleet.sessions;
  const auto found = std::ranges::find(places, side.place);
  if (found != places.end()) {
    std::rotate(places.begin(), found, found + 1);
    return;
  }
  const bool first = places[0] == 0;
  const double change = (static_cast<double>(fleet.place_changes) + changes_at_first) /
                        (static_cast<double>(fleet.sessions) + sessions_at_first);
  const double there = fleet.places.rarity(side.place);
  fleet.places.add(side.place);
  std::shift_right(places.begin(), places.end(), 1);
  places[0] = side.place;
  if (first) return;
  ++fleet.place_changes;
  surprises.add({.check = CheckId::foreign_network,
                 .nats = static_cast<float>(-std::log(std::min(1.0, change * there))),
                 .observed = static_cast<float>(session.asn),
                 .expected = static_cast<float>(change),
                 .limit = static_cast<float>(there),
                 .more = {static_cast<float>(session.country), static_cast<float>(session.network_kind)}});
}

void say_stack(IdentityState& state, Surprises& surprises) {
  state.stack_waits = 0;
  surprises.add({.check = CheckId::tls_fingerprint,
                 .nats = -std::log(std::min(1.0F, state.stack_change * state.stack_share)),
                 .observed = 1,
                 .expected = state.stack_change,
                 .limit = state.stack_share});
}

// Another TLS stack under the same identity. After another firmware that is what one expects.
void check_stack(IdentityState& state, const Session& session, const Context& context, Surprises& surprises) {
  const std::uint32_t tls = half(session.tls);
  if (tls == 0) return;
  IdentityMemory& fleet = context.fleet.identity;
  if (state.tls != 0) ++fleet.handshakes;
  const bool updated = state.firmware != state.tls_firmware && state.tls_firmware != 0;
  const bool known = tls == state.tls || tls == state.tls_before;
  const bool first = state.tls == 0;
  state.tls_firmware = state.firmware;
  if (tls == state.tls) return;
  state.tls_before = state.tls;
  state.tls = tls;
  if (known) return;
  const double change = (static_cast<double>(fleet.stack_changes) + changes_at_first) /
                        (static_cast<double>(fleet.handshakes) + sessions_at_first);
  const double this_one = fleet.stacks.rarity(tls);
  fleet.stacks.add(tls);
  if (first) return;
  ++fleet.stack_changes;
  if (updated) return;
  state.stack_change = static_cast<float>(change);
  state.stack_share = static_cast<float>(this_one);
  state.stack_waits = state.firmware != 0 ? stack_reports : 1;
  // A device that has just started with another firmware shakes hands before it says so.
  if (state.firmware == 0) say_stack(state, surprises);
}

void say_overlap(IdentityState& state, double seconds, Surprises& surprises) {
  state.overlaps = static_cast<std::uint8_t>(std::min<int>(state.overlaps + 1, overlaps_counted_max));
  surprises.add({.check = CheckId::session_overlap,
                 .nats = poisson_nats(state.overlaps, overlaps_usual),
                 .observed = static_cast<float>(seconds),
                 .expected = static_cast<float>(overlaps_usual),
                 .limit = static_cast<float>(overlap_s_min),
                 .more = {static_cast<float>(state.overlaps), 0}});
}

}  // namespace

void check_session_opened(IdentityState& state, const Observation& observation, const Context& context,
                          Surprises& surprises) {
  const Session& session = observation.session;
  const Side side = side_of(session, context.now_s);
  if (context.lifecycle == facts::Lifecycle::lost || context.lifecycle == facts::Lifecycle::stolen)
    surprises.add({.check = CheckId::stolen_seen, .nats = 20, .observed = 1});
  check_return(state, side, context.now_s, surprises);
  check_travel(state, session, context, surprises);
  check_place(state, side, session, context, surprises);
  check_stack(state, session, context, surprises);

  auto& open = state.open;
  std::swap(open[0], open[1]);
  open[0] = {session.id, side};
  state.last_s = side.at_s;
  state.last_prefix = side.prefix;
  if (session.country != 0) state.last_country = session.country;
}

void check_stack_reported(IdentityState& state, const Observation& observation, Surprises& surprises) {
  if (state.stack_waits == 0 || observation.measured_s < state.open[0].side.at_s) return;  // kept from before
  const bool updated = state.firmware != state.tls_firmware;
  if (observation.reading.firmware == 0 && --state.stack_waits != 0) return;
  if (!updated) return say_stack(state, surprises);
  state.tls_firmware = state.firmware;
  state.stack_waits = 0;
}

void check_both_alive(IdentityState& state, const Context& context, Surprises& surprises) {
  const auto& [newer, older] = state.open;
  if (older.id == 0 || newer.id == 0) return;
  const double both = context.now_s - newer.side.at_s;
  if (both <= silent_s_max) return;
  if (!same_side(newer.side, older.side) && strange(newer.side, older.side)) say_overlap(state, both, surprises);
  state.open[1] = {};
}

void check_session_closed(IdentityState& state, const Observation& observation, const Context& context,
                          Surprises& surprises) {
  auto& open = state.open;
  const auto closed = std::ranges::find(open, observation.session.id, &IdentityState::Open::id);
  if (observation.session.id == 0 || closed == open.end()) return;
  const Side side = closed->side;
  *closed = {};
  const auto now = static_cast<std::uint32_t>(context.now_s);
  if (observation.ending == Ending::taken_over) {
    state.before = state.displaced;
    state.displaced = side;
    state.displaced.at_s = now;
  }
  if (observation.ending != Ending::silent) state.last_s = now;
  if (observation.ending != Ending::goodbye) return;  // else nobody knows how long it had been dead
  for (const auto& other : open) {
    if (other.id == 0 || same_side(other.side, side) || !strange(other.side, side)) continue;
    const std::uint32_t both_since = std::max(other.side.at_s, side.at_s);
    if (other.side.at_s >= side.at_s && now >= both_since + overlap_s_min)
      say_overlap(state, now - both_since, surprises);
  }
}

}  // namespace outrider::detect
