// Silence, against the device's own rhythm.
#include <algorithm>
#include <cmath>

#include "detect/checks/traffic/traffic.h"
#include "detect/engine/risk/lifecycle.h"

namespace outrider::detect {
namespace {

constexpr double a_day_s = 86400;
// Every fleet has holes in its coverage: nobody has to speak within these.
constexpr double gap_s_least = 600, intervals_least = 5;
// Where the fleet has shown how seldom it misses a report, its word counts from the second missing one on.
constexpr double fleet_intervals_least = 2;
constexpr double gap_at_sea_s = 86400;
// Gaps have a heavy tail: one twice as long comes a third as often.
constexpr double tail = 1.5;
constexpr double two_views_nats = 0.693;  // ln 2: whoever looks twice is surprised twice as often
constexpr double gap_half_life_s = 60 * a_day_s;
constexpr double known_days_max = 90;
// Where a weak battery or bad reception explains it.
constexpr double weak_radio_factor = 6, weak_battery_factor = 30;
constexpr double battery_low = 10;        // %
constexpr double rsrp_poor = -115;        // dBm: 3GPP modems lose the cell at about -120 to -125
constexpr double rssi_poor = -105;        // dBm: GSM and LTE-M alike
constexpr double mostly_radio_s = 86400;  // a battery or a parking deck explains a day

double usual_gap(const TrafficState& state, const Contract& contract, double intervals) {
  const double sea = contract.transport == Transport::sea ? gap_at_sea_s : 0;
  return std::max({gap_s_least, intervals * contract.interval_s, sea, static_cast<double>(state.longest_gap_s)});
}

// How many times as long as a weak battery and bad reception explain.
double excuse(const TrafficState& state, double gap) {
  if (gap >= mostly_radio_s && state.weak_battery == 0) return 1;
  return (state.weak_radio != 0 ? weak_radio_factor : 1) * (state.weak_battery != 0 ? weak_battery_factor : 1);
}

}  // namespace

void note_rhythm(TrafficState& state, const Observation& observation, const Context& context) {
  const auto now = static_cast<std::uint32_t>(context.now_s);
  const Reading& reading = observation.reading;
  if (has(reading.battery)) state.weak_battery = reading.battery <= battery_low ? 1 : 0;
  if (has(reading.rsrp) || has(reading.rssi))
    state.weak_radio = reading.rsrp <= rsrp_poor || reading.rssi <= rssi_poor ? 1 : 0;
  if (state.last_s != 0 && now > state.last_s) {
    const double gap = now - state.last_s;
    if (expected_to_speak(context.lifecycle))
      context.fleet.rhythm.add(gap,
                               gap / (usual_gap(state, context.contract, fleet_intervals_least) * excuse(state, gap)));
    if (gap > state.longest_gap_s)  // one that is far longer than all before is not yet a habit
      state.longest_gap_s = static_cast<float>(std::min(gap, 2 * usual_gap(state, context.contract, intervals_least)));
    else if (gap > gap_s_least)
      state.longest_gap_s *= static_cast<float>(std::exp2(-gap / gap_half_life_s));
  }
  if (state.first_s == 0) state.first_s = now;
  state.last_s = now;
}

// Two views, of which the more surprised one speaks. Its own: one longer than the longest comes once in as many days as
// it is known, and the tail of gaps falls off by a power. The fleet's: in how many of its days do devices stay silent
// so much longer than each of them ever did?
void check_silence(const TrafficState& state, const Context& context, Surprises& surprises) {
  if (state.last_s == 0) return;
  const double gap = context.now_s - state.last_s;
  const double excused = excuse(state, gap);
  const double usual = usual_gap(state, context.contract, intervals_least) * excused;
  const double of_fleet = usual_gap(state, context.contract, fleet_intervals_least) * excused;
  const double days = std::min(known_days_max, (state.last_s - state.first_s) / a_day_s);
  const double own = gap > usual ? std::log1p(days) + tail * std::log(gap / usual) : 0;
  const double fleet = -std::log(context.fleet.rhythm.probability(gap / of_fleet)) - two_views_nats;
  const bool fleets = fleet > own;
  surprises.add({.check = CheckId::silence,
                 .nats = static_cast<float>(std::max(own, fleet)),
                 .observed = static_cast<float>(gap),
                 .expected = static_cast<float>(context.contract.interval_s),
                 .limit = static_cast<float>(fleets ? of_fleet : usual),
                 .more = {static_cast<float>(days), 0}});
}

}  // namespace outrider::detect
