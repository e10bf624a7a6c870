#include <cmath>

#include "detect/checks/motion/tail.h"
#include "detect/checks/motion/track/track.h"

namespace outrider::detect {
namespace {

constexpr double step_s_max = 15;      // speed at both ends says nothing of what was between, if that is longer
constexpr double window_s = 60;        // long enough for an error of speed to become one of distance
constexpr double speed_error = 0.05;   // of what is said: tyres and lag
constexpr double heading_error = 0.2;  // rad: turns between two reports
constexpr double circling_path_m = 1000;
constexpr double circling_share = 0.05;
constexpr float circling_nats = 4;  // roundabouts and test tracks: our estimate, about one window in fifty

void begin(Promise& promise, const Fix& fix) {
  promise = Promise{};
  promise.from = fix.place;
  promise.since_s = fix.at_s;
  promise.sigma_m = static_cast<float>(fix.sigma_m);
  promise.headed = 1;
}

void go_on(Promise& promise, const LastFix& last, const Fix& fix, double dt, const TransportLimits& limits) {
  const double path = (last.speed + fix.speed) / 2 * dt;
  const double between = limits.acceleration * dt * dt / 4;  // speed may peak between the two
  double error = std::hypot(between, speed_error * path);
  if (has(last.heading) && has(fix.heading)) {
    promise.east_m +=
        static_cast<float>((last.speed * std::sin(last.heading) + fix.speed * std::sin(fix.heading)) / 2 * dt);
    promise.north_m +=
        static_cast<float>((last.speed * std::cos(last.heading) + fix.speed * std::cos(fix.heading)) / 2 * dt);
    error = std::hypot(error, heading_error * path);
  } else {
    promise.headed = 0;
  }
  promise.path_m += static_cast<float>(path);
  promise.slack2_m2 += static_cast<float>(error * error);
  ++promise.steps;
}

Evidence judge(const Promise& promise, const Fix& fix) {
  const Offset covered = offset(promise.from, fix.place);
  const double sigma =
      std::sqrt(double{promise.sigma_m} * promise.sigma_m + fix.sigma_m * fix.sigma_m + promise.slack2_m2);
  Evidence evidence{.check = CheckId::speed_disagrees};
  evidence.observed = static_cast<float>(covered.length());
  evidence.expected = promise.path_m;
  evidence.limit = static_cast<float>(promise.path_m + 3 * sigma);
  evidence.more[0] = static_cast<float>(fix.at_s - promise.since_s);
  if (promise.headed != 0) {
    const double off = Offset{covered.east - promise.east_m, covered.north - promise.north_m}.length();
    evidence.more[1] = static_cast<float>(off);
    evidence.nats = static_cast<float>(plane_nats(off / sigma));
  } else {
    evidence.nats = static_cast<float>(side_nats((covered.length() - promise.path_m) / sigma));
  }
  // A path may be longer than the way as the crow flies, but nobody drives for a minute and stays where he is.
  if (promise.path_m > circling_path_m && covered.length() < circling_share * promise.path_m)
    evidence.nats = std::max(evidence.nats, circling_nats);
  return evidence;
}

}  // namespace

void check_promise(Promise& promise, const LastFix& last, const Fix& fix, const TransportLimits& limits,
                   Surprises& surprises) {
  const double dt = fix.at_s - last.at_s;
  if (!has(fix.speed) || !has(last.speed) || last.since_s == 0 || promise.since_s == 0 || dt > step_s_max) {
    begin(promise, fix);
    return;
  }
  go_on(promise, last, fix, dt, limits);
  if (fix.at_s - promise.since_s < window_s) return;
  surprises.add(judge(promise, fix));
  begin(promise, fix);
}

}  // namespace outrider::detect
