#include "detect/checks/physics/climate/peers.h"

#include <algorithm>
#include <cmath>

#include "detect/geo/geo.h"

namespace outrider::detect {
namespace {

constexpr double near_m = 300;    // one vehicle and two receivers' errors
constexpr double fresh_s = 120;   // what the other said is not older
constexpr double moved_m = 1000;  // between two meetings that count: standing in one yard is not travelling together
constexpr std::uint16_t met_least = 5, met_max = 20;
constexpr std::uint16_t compared_least = 20;
constexpr float spread_least = 0.3F;  // Cel: two good thermometers
constexpr float margin_nats = 3;      // residuals of a pair depend on each other

double metres(float lat1, float lon1, float lat2, float lon2) {
  constexpr double metres_a_degree = 111195;
  const double north = (lat2 - lat1) * metres_a_degree;
  const double east = turn(lon2 - lon1) * metres_a_degree * cos_of_latitude(lat1);
  return Offset{east, north}.length();
}

// Votes for the one that is there again whenever this one has moved on.
void travel(PeerState& state, const PeerReport& here, std::uint32_t device, PhysicsMemory& memory) {
  const std::uint32_t other = memory.meet(here.lat, here.lon, device);
  if (metres(here.lat, here.lon, state.lat, state.lon) < moved_m) return;
  state.lat = here.lat;
  state.lon = here.lon;
  const auto beside = [&](std::uint32_t who) {
    const PeerReport* report = who == 0 ? nullptr : memory.peer(who);
    return report != nullptr && here.at_s <= report->at_s + fresh_s &&
           metres(here.lat, here.lon, report->lat, report->lon) < near_m;
  };
  if (beside(state.with)) {
    state.met = std::min<std::uint16_t>(static_cast<std::uint16_t>(state.met + 1), met_max);
  } else if (state.met > 1) {
    state.met = static_cast<std::uint16_t>(state.met / 2);
  } else if (beside(other)) {
    state.with = other;
    state.met = 1;
    state.compared = 0;
    state.difference = state.spread = 0;
  }
}

}  // namespace

void check_peers(PeerState& state, const Observation& observation, PhysicsMemory& memory, Surprises& surprises) {
  const Reading& reading = observation.reading;
  if (!has(reading.lat) || !has(reading.lon) || std::abs(reading.lat) > 90 || std::abs(reading.lon) > 180) return;
  const PeerReport here{static_cast<float>(reading.lat), static_cast<float>(reading.lon),
                        static_cast<float>(reading.ambient_temperature), static_cast<float>(reading.temperature),
                        static_cast<std::uint32_t>(observation.measured_s)};
  travel(state, here, observation.device, memory);
  memory.set_peer(observation.device, here);
  if (state.met < met_least) return;
  const PeerReport* other = memory.peer(state.with);
  if (other == nullptr || here.at_s > other->at_s + fresh_s) return;
  // The weather is common; the cargo only when nobody measures the weather.
  const bool weather = std::isfinite(here.ambient) && std::isfinite(other->ambient);
  const float difference = weather ? here.ambient - other->ambient : here.temperature - other->temperature;
  if (!std::isfinite(difference)) return;
  const float off = difference - state.difference;
  const float spread = std::max(state.spread, spread_least);
  if (state.compared >= compared_least) {
    const float nats = std::abs(off) / spread - margin_nats;
    if (nats >= Surprises::nats_min)
      surprises.add({.check = CheckId::peer_disagrees,
                     .nats = nats,
                     .observed = difference,
                     .expected = state.difference,
                     .limit = spread * (margin_nats + Surprises::nats_min),
                     .more = {weather ? 1.0F : 0.0F, static_cast<float>(state.met)}});
  }
  if (state.compared < 60000) ++state.compared;
  const float rate = std::max(0.02F, 1.0F / state.compared);
  state.difference += rate * (state.compared < compared_least ? off : std::clamp(off, -3 * spread, 3 * spread));
  state.spread += rate * (std::min(std::abs(off), 4 * spread) - state.spread);
}

}  // namespace outrider::detect
