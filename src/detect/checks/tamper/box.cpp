// The box: enclosure, light, shock, tilt, supply and door, and what follows.
#include <algorithm>
#include <cmath>

#include "detect/checks/tamper/tamper.h"

namespace outrider::detect {
namespace {

enum Bit : std::uint8_t { open = 1, dead = 2, door_open = 4, tilt_known = 8 };

// A box is opened twice a year, by its owner; a switch that rattles is one opening.
constexpr RareHabit openings{.window_s = 3600, .usual_per_window = 1.0 / (24 * 182), .prior_s = 7 * 86400.0};
constexpr std::uint32_t one_opening_s = 3600;
// Before it has shown its habit: vehicles cut the supply once a day, where they are parked.
constexpr RareHabit cuts{.window_s = 3600, .usual_per_window = 1.0 / 24, .prior_s = 7 * 86400.0};
constexpr float alarm_nats = 2;  // it thought it worth an event of its own
constexpr float alarm_light_nats = 6;
constexpr double night_from_h = 22, night_until_h = 5;
constexpr float night_nats = 1.23F;  // ln(24/7): the share of the night

constexpr double light_least_lx = 10;  // a gap of a lid by daylight
constexpr float light_dark_lx = 2;     // sensors' own noise
constexpr float light_times = 5;
constexpr int lights_least = 20;
constexpr double shock_least = 50;       // m/s2: 5 g; potholes and shunting stay below
constexpr float shock_usual_least = 15;  // m/s2
constexpr float shock_nats_max = 8;
constexpr double tilt_least = 45;  // deg: ramps and cranes stay below 20
constexpr float tilt_nats_max = 8;
constexpr double moving_m_s = 3;
constexpr std::uint8_t doors_max = 200;

// One opening and what follows it belong together within half an hour.
constexpr std::uint32_t follows_s = 1800;
constexpr float sequence_nats_each = 6;
constexpr float two_steps_nats = 6;
constexpr double silent_s_least = 300, silent_intervals = 3;

bool recent(const TamperState& state, TamperState::Step step, std::uint32_t now) {
  return state.step_s[step] != 0 && now - std::min(now, state.step_s[step]) <= follows_s;
}

// Opened, lit, cut, another SIM, silent: enclosure and light are one hand at the lid, so with both of them one more is
// enough, with one of them two.
void check_sequence(const TamperState& state, std::uint32_t at_s, bool silent, CheckId newest, Surprises& surprises) {
  const int lid = recent(state, TamperState::opened, at_s) + recent(state, TamperState::lit, at_s);
  const int hand =
      recent(state, TamperState::cut, at_s) + recent(state, TamperState::other_sim, at_s) + (silent ? 1 : 0);
  if (lid == 0 || hand == 0) return;
  const int count = lid + hand;
  const bool proof = count >= 3;
  surprises.add({.check = proof ? CheckId::tamper_sequence : newest,
                 .nats = proof ? sequence_nats_each * static_cast<float>(count) : two_steps_nats,
                 .observed = static_cast<float>(count),
                 .expected = 0,
                 .limit = 3,
                 .more = {static_cast<float>(follows_s), silent ? 1.0F : 0.0F},
                 .threat = Threat::theft});
}

// By the sun: 15 degrees an hour.
bool at_night(double now_s, double lon) {
  if (!has(lon)) return false;
  const double hour = std::fmod(now_s / 3600 + lon / 15 + 48, 24);
  return hour >= night_from_h || hour < night_until_h;
}

bool turned_on(TamperState& state, Truth now, Bit bit) {
  const bool was = (state.is & bit) != 0;
  if (now == Truth::unknown) return false;
  state.is = static_cast<std::uint8_t>(now == Truth::yes ? state.is | bit : state.is & ~bit);
  return now == Truth::yes && !was;
}

void check_enclosure(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const auto now = static_cast<std::uint32_t>(context.now_s);
  const bool opened = turned_on(state, observation.reading.enclosure, open) ||
                      (observation.reading.enclosure == Truth::yes && observation.what == What::event);
  if (!opened) return;
  const std::uint32_t last = std::exchange(state.step_s[TamperState::opened], now);
  if (last != 0 && now - last < one_opening_s) return;
  const Rare rare = count_rare(state.enclosure, context.now_s, 1, openings);
  surprises.add({.check = CheckId::enclosure,
                 .nats = rare.nats + (at_night(context.now_s, observation.reading.lon) ? night_nats : 0),
                 .observed = rare.recent,
                 .expected = rare.usual,
                 .limit = static_cast<float>(openings.window_s)});
  check_sequence(state, now, false, CheckId::enclosure, surprises);
}

void check_light(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const double light = observation.reading.light;
  if (!(light >= 0)) return;
  // Through an open door comes daylight; whether that door should be open is the door's own check. What an alarm of its
  // own says of a door that was open a report ago is a guess: only the same reading excuses.
  if (observation.reading.door == Truth::yes && observation.what != What::event) return;
  const auto lx = static_cast<float>(std::min(light, 2e5));
  const float dark = std::max(light_dark_lx, state.light);
  const bool alarm = observation.what == What::event;
  const bool bright = light >= light_least_lx && lx >= light_times * dark && (alarm || state.lights >= lights_least);
  const float nats = std::log(static_cast<float>(state.lights) + 1) + std::log(lx / dark);
  if (lx > state.light) state.light = std::min(lx, state.lights < lights_least ? lx : 2 * dark);
  if (state.lights < 255) ++state.lights;
  if (!bright) return;
  const auto now = static_cast<std::uint32_t>(context.now_s);
  state.step_s[TamperState::lit] = now;
  surprises.add({.check = CheckId::light,
                 .nats = alarm ? std::max(nats, alarm_light_nats) : nats,
                 .observed = lx,
                 .expected = dark,
                 .limit = std::max(static_cast<float>(light_least_lx), light_times * dark)});
  check_sequence(state, now, false, CheckId::light, surprises);
}

void check_shock(TamperState& state, const Observation& observation, Surprises& surprises) {
  const double shock = observation.reading.shock;
  if (!(shock > 0)) return;
  const float usual = std::max(shock_usual_least, state.shock);
  const auto peak = static_cast<float>(std::min(shock, 1e5));
  state.shock += (std::min(peak, 3 * usual) - state.shock) / 16;
  if (shock <= shock_least) return;
  surprises.add({.check = CheckId::shock,
                 .nats = std::min(shock_nats_max, (peak - static_cast<float>(shock_least)) / usual),
                 .observed = peak,
                 .expected = usual,
                 .limit = static_cast<float>(shock_least)});
}

void check_tilt(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const double tilt = observation.reading.tilt;
  const bool handled = context.contract.transport == Transport::person || context.contract.transport == Transport::air;
  if (!has(tilt) || handled) return;
  const bool known = (state.is & tilt_known) != 0;
  const double change = known ? std::fabs(tilt - state.tilt) : 0;
  state.is |= tilt_known;
  state.tilt = known ? state.tilt + static_cast<float>(tilt - state.tilt) / 4 : static_cast<float>(tilt);
  if (change <= tilt_least) return;
  surprises.add({.check = CheckId::tilt,
                 .nats = std::min(tilt_nats_max, static_cast<float>(4 + (change - tilt_least) / 15)),
                 .observed = static_cast<float>(change),
                 .expected = 0,
                 .limit = static_cast<float>(tilt_least)});
}

void check_power(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const Truth power = observation.reading.power;
  if (power == Truth::unknown) return;
  const bool cut = turned_on(state, power == Truth::no ? Truth::yes : Truth::no, dead);
  if (!cut) return;
  const auto now = static_cast<std::uint32_t>(context.now_s);
  state.step_s[TamperState::cut] = now;
  const Rare rare = count_rare(state.power, context.now_s, 1, cuts);
  surprises.add({.check = CheckId::power_cut,
                 .nats = rare.nats + (observation.what == What::event ? alarm_nats : 0),
                 .observed = rare.recent,
                 .expected = rare.usual,
                 .limit = static_cast<float>(cuts.window_s)});
  check_sequence(state, now, false, CheckId::power_cut, surprises);
}

void check_sim(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const std::uint64_t iccid = observation.reading.iccid;
  if (iccid == 0) return;
  const auto hash = static_cast<std::uint32_t>(iccid ^ iccid >> 32U);
  const bool other = state.iccid != 0 && state.iccid != hash;
  state.iccid = hash;
  if (!other) return;  // whether the pair belongs together is checks/radio's
  const auto now = static_cast<std::uint32_t>(context.now_s);
  state.step_s[TamperState::other_sim] = now;
  check_sequence(state, now, false, CheckId::enclosure, surprises);
}

// A door is opened where one stops, by day. Who opens it otherwise every day has that habit.
void check_door(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  if (!turned_on(state, observation.reading.door, door_open)) return;
  const bool moving = observation.reading.speed > moving_m_s;
  const bool night = at_night(context.now_s, observation.reading.lon);
  const double share = (state.doors_odd + 0.5) / (state.doors + 1.0);
  if (state.doors >= doors_max) {
    state.doors /= 2;
    state.doors_odd /= 2;
  }
  ++state.doors;
  if (!moving && !night) return;
  ++state.doors_odd;
  surprises.add({.check = CheckId::door,
                 .nats = static_cast<float>(-std::log(share)) + (moving ? alarm_nats : 0),
                 .observed = static_cast<float>(has(observation.reading.speed) ? observation.reading.speed : 0),
                 .expected = static_cast<float>(share),
                 .limit = static_cast<float>(moving_m_s),
                 .more = {night ? 1.0F : 0.0F, 0}});
}

}  // namespace

void check_box(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  check_enclosure(state, observation, context, surprises);
  check_light(state, observation, context, surprises);
  check_shock(state, observation, surprises);
  check_tilt(state, observation, context, surprises);
  check_power(state, observation, context, surprises);
  check_sim(state, observation, context, surprises);
  check_door(state, observation, context, surprises);
}

void check_silent_after(const TamperState& state, const Context& context, Surprises& surprises) {
  if (state.last_s == 0) return;
  const double silent = context.now_s - state.last_s;
  if (silent < std::max(silent_s_least, silent_intervals * context.contract.interval_s)) return;
  check_sequence(state, state.last_s, true, CheckId::enclosure, surprises);
}

}  // namespace outrider::detect
