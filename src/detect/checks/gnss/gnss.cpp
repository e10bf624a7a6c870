#include "detect/checks/gnss/gnss.h"

#include <algorithm>
#include <cmath>

#include "detect/checks/gnss/aboard.h"
#include "detect/checks/gnss/quality.h"
#include "detect/checks/gnss/steps.h"
#include "detect/geo/geo.h"

namespace outrider::detect {
namespace {

constexpr double smoothing_s = 2;  // a burst of a second is a glitch of the front end; two in a row are not
constexpr double calm_nats = 3;
// A deceived receiver is a reason to doubt its position. Below the ticket level: it lends weight to what other families
// find and says nothing twice.
constexpr float support_nats = 6.5;
constexpr float support_least =
    3;  // as much as a second opinion is worth (Tuning::family_least): less is everyday life
// Who steals a load jams its tracker first. Most who jam steal nothing, but their own employer's view of them: it takes
// a ticket's worth of opened doors or stops besides.
constexpr float theft_nats = 4.5;

bool speaks_of_gnss(const Reading& reading) {
  for (const double figure : {reading.lat, reading.alt, reading.accuracy, reading.satellites, reading.cn0, reading.agc,
                              reading.noise, reading.jamming, reading.gnss_time})
    if (has(figure)) return true;
  return false;
}

float smooth(float before, double now, double kept) {
  return static_cast<float>(kept * before + (1 - kept) * now);
}

void say(Evidence evidence, float nats, Surprises& surprises) {
  evidence.nats = nats;
  surprises.add(evidence);
  const bool spoofed = evidence.check == CheckId::receiver_profile || evidence.check == CheckId::cn0_uniform;
  const bool drowned = evidence.check != CheckId::cn0_drop && evidence.check != CheckId::fix_lost;
  if ((!spoofed && !drowned) || (spoofed && nats < support_least)) return;
  evidence.threat = spoofed ? Threat::false_position : Threat::theft;
  evidence.nats = std::min(nats, spoofed ? support_nats : theft_nats);
  surprises.add(evidence);
}

}  // namespace

void check_gnss(GnssState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  if (observation.what != What::report && observation.what != What::event) return;
  const Reading& reading = observation.reading;
  if (!speaks_of_gnss(reading)) return;
  const double elapsed = state.at_s == 0 ? 0 : observation.measured_s - state.at_s;
  if (elapsed < 0) return;  // it comes late, from a buffer
  const bool fix = plausible(reading.lat, reading.lon);
  const Deviations found = deviations(state, reading, observation.measured_s);

  Evidence jammed, spoofed, uniform;
  const double jamming = judge_jamming(state, found, fix, jammed);
  const double spoofing = judge_spoofing(state, found, fix, spoofed);
  const double kept = std::exp(-elapsed / smoothing_s);
  state.jamming_nats = smooth(state.jamming_nats, jamming, kept);
  state.spoofing_nats = smooth(state.spoofing_nats, spoofing, kept);
  if (jammed.check != CheckId::none) say(jammed, state.jamming_nats, surprises);
  check_aboard(state, observation, context, surprises);
  if (spoofed.check != CheckId::none) say(spoofed, state.spoofing_nats, surprises);
  if (const double nats = judge_uniform(state, reading, found, uniform); nats > 0)
    say(uniform, static_cast<float>(nats), surprises);
  // A drowned receiver says all sorts of things about time and height.
  if (jamming < calm_nats) {
    check_clock(observation, found, surprises);
    check_height(state, observation, limits_of(context.contract), surprises);
  }

  learn(state, found, elapsed, std::max(jamming, spoofing) < calm_nats);
  if (fix && state.fixes < 0xFFFF) ++state.fixes;
  // Ten reports later it is no news that it has no sky, unless it drowns in noise.
  if (!fix && jamming <= calm_nats) state.fixes /= 2;
  state.at_s = observation.measured_s;
}

}  // namespace outrider::detect
