#include <cmath>

#include "detect/checks/motion/tail.h"
#include "detect/checks/motion/track/track.h"

namespace outrider::detect {
namespace {

constexpr double forecast_s_max = 300;  // a straight line says nothing of where a road leads in longer than that
constexpr double usual_rate = 0.02;     // learnt over about 50 positions
constexpr double usual_one_max = 10;    // so much a single innovation may teach
constexpr double restart_nats = 7;      // it is somewhere else now: begin anew there

void start(Kalman& kalman, const Fix& fix, const TransportLimits& limits) {
  kalman.place = fix.place;
  kalman.at_s = fix.at_s;
  kalman.east = kalman.north = kalman.cross = 0;
  kalman.position2 = static_cast<float>(fix.sigma_m * fix.sigma_m);
  kalman.speed2 = static_cast<float>(limits.speed_max * limits.speed_max / 9);
  if (!(kalman.usual >= 1)) kalman.usual = 1;
}

// Where it goes on its own: random acceleration, constant for the step.
void forecast(Kalman& kalman, double dt, const TransportLimits& limits) {
  kalman.place = moved(kalman.place, {kalman.east * dt, kalman.north * dt});
  const double a2 = limits.acceleration * limits.acceleration;
  const double speed2_max = limits.speed_max * limits.speed_max / 4;
  const double position2 =
      kalman.position2 + 2 * dt * kalman.cross + dt * dt * kalman.speed2 + a2 * dt * dt * dt * dt / 4;
  const double speed2 = kalman.speed2 + a2 * dt * dt;
  const double cross = kalman.cross + dt * kalman.speed2 + a2 * dt * dt * dt / 2;
  kalman.speed2 = static_cast<float>(std::min(speed2, speed2_max));
  kalman.position2 = static_cast<float>(position2);
  // Keeps the matrix a covariance after speed2 was limited.
  kalman.cross = static_cast<float>(std::min(cross, 0.99 * std::sqrt(position2 * kalman.speed2)));
}

void correct(Kalman& kalman, Offset innovation, double variance) {
  const double gain = kalman.position2 / variance, speed_gain = kalman.cross / variance;
  kalman.place = moved(kalman.place, {gain * innovation.east, gain * innovation.north});
  kalman.east += static_cast<float>(speed_gain * innovation.east);
  kalman.north += static_cast<float>(speed_gain * innovation.north);
  kalman.speed2 -= static_cast<float>(speed_gain * kalman.cross);
  kalman.position2 *= static_cast<float>(1 - gain);
  kalman.cross *= static_cast<float>(1 - gain);
}

// Doppler speed and heading, where a receiver says them, are a second measurement.
void correct_speed(Kalman& kalman, const Fix& fix) {
  if (!has(fix.speed) || !has(fix.heading)) return;
  const double noise = 0.5 + 0.1 * fix.speed;  // m/s: receivers claim 0.1; lag and rounding of reports are worse
  const double gain = kalman.speed2 / (kalman.speed2 + noise * noise);
  kalman.east += static_cast<float>(gain * (fix.speed * std::sin(fix.heading) - kalman.east));
  kalman.north += static_cast<float>(gain * (fix.speed * std::cos(fix.heading) - kalman.north));
  kalman.speed2 *= static_cast<float>(1 - gain);
  kalman.cross *= static_cast<float>(1 - gain);
}

}  // namespace

void check_kalman(Kalman& kalman, const Fix& fix, const TransportLimits& limits, Surprises& surprises) {
  const double dt = fix.at_s - kalman.at_s;
  if (kalman.at_s == 0 || dt > forecast_s_max || dt < 0) {
    start(kalman, fix, limits);
    correct_speed(kalman, fix);
    return;
  }
  forecast(kalman, dt, limits);
  kalman.at_s = fix.at_s;
  const Offset innovation = offset(kalman.place, fix.place);
  const double variance = kalman.position2 + fix.sigma_m * fix.sigma_m;
  const double distance = innovation.length();
  const double squared = distance * distance / variance;
  const double nats = plane_nats(std::sqrt(squared / std::max(1.0F, kalman.usual)));
  Evidence evidence{.check = CheckId::kalman_innovation};
  evidence.nats = static_cast<float>(nats);
  evidence.observed = static_cast<float>(distance);
  evidence.limit = static_cast<float>(3 * std::sqrt(variance * std::max(1.0F, kalman.usual)));
  evidence.more[0] = static_cast<float>(dt);
  surprises.add(evidence);
  // Two degrees of freedom: the mean of the squared innovation is 2 when theory is right.
  kalman.usual += static_cast<float>(usual_rate * (std::min(squared / 2, usual_one_max) - kalman.usual));
  if (nats >= restart_nats)
    start(kalman, fix, limits);
  else
    correct(kalman, innovation, variance);
  correct_speed(kalman, fix);
}

}  // namespace outrider::detect
