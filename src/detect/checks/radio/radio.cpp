#include "detect/checks/radio/radio.h"

#include <algorithm>

#include "detect/checks/cells/plane.h"
#include "detect/checks/radio/moment.h"

namespace outrider::detect {
namespace {

constexpr float doubt_nats = 3;                // as much as a second opinion is worth (Tuning::family_least)
constexpr std::uint32_t doubt_s = 1800;        // the half life of a false position
constexpr double accuracy_max_m = 200;         // worse fixes teach nothing about cells
constexpr std::uint32_t position_s_max = 600;  // older positions do not say where a device is now

// Did motion or GNSS, which look before, find something about where it is? That it is off its route is no reason to
// doubt its position.
bool doubted(const Surprises& surprises) {
  return std::ranges::any_of(surprises.all(), [](const Evidence& evidence) {
    return evidence.nats >= doubt_nats &&
           (evidence.threat == Threat::false_position || evidence.threat == Threat::gnss_spoofing ||
            evidence.threat == Threat::gnss_jamming);
  });
}

bool whole(const Reading& reading) {
  return reading.lat >= -90 && reading.lat <= 90 && reading.lon >= -180 && reading.lon <= 180;
}

}  // namespace

void check_radio(RadioState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  if (observation.what == What::device_state || observation.what == What::identity_issued)
    release_sim(state, observation, context);
  if (observation.what != What::report && observation.what != What::event) return;
  const Reading& reading = observation.reading;
  Moment moment{observation, context, surprises, {reading.mcc, reading.mnc, reading.tac, reading.cell}};
  const auto now = static_cast<std::uint32_t>(context.now_s);

  const bool positioned = whole(reading);
  if (doubted(surprises)) state.untrusted_until_s = now + doubt_s;
  const bool elsewhere = positioned && (!(state.learnt_cell == moment.key) ||
                                        plane_distance_m(state.learnt_lat, state.learnt_lon, reading.lat,
                                                         reading.lon) >= CellMap::learn_apart_m);
  const bool look = elsewhere && now >= state.untrusted_until_s && !(reading.accuracy > accuracy_max_m);
  if (positioned && check_position(moment, look) >= doubt_nats) state.untrusted_until_s = now + doubt_s;
  const bool trusted = positioned && now >= state.untrusted_until_s && !(reading.accuracy > accuracy_max_m);
  if (trusted) {
    state.lat = reading.lat;
    state.lon = reading.lon;
    state.position_s = now;
  }
  if (state.position_s != 0 && now - state.position_s <= position_s_max) moment.place = Spot{state.lat, state.lon};

  if (moment.key.cell != 0) {
    moment.onto = !(moment.key == state.cell);
    check_cell(state, moment);
    state.cell = moment.key;
    if (trusted && elsewhere) {
      context.fleet.cells.learn(reading, observation.device, context.now_s);
      state.learnt_cell = moment.key;
      state.learnt_lat = reading.lat;
      state.learnt_lon = reading.lon;
    }
  }
  check_sim(state, moment);
}

}  // namespace outrider::detect
