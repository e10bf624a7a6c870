#include <fmt/format.h>

#include <array>
#include <cmath>

#include "detect/engine/evidence.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

std::string span(float seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

// 1 in 10^n, of the surprise.
std::string chance(float nats) {
  return fmt::format("one in 10^{:.0f}", nats / 2.302585F);
}

std::string subject(float which) {
  if (which == 0) return "temperature";
  if (which == 1) return "battery voltage";
  return fmt::format("channel {:.0f}", which - 1);
}

std::string explain_range(const Evidence& e) {
  if (e.more[0] >= 10)
    return fmt::format(
        "return air at {:.1f} °C, {:.1f} °C from the set point {:.1f} °C (limit {:.1f} °C), for {} without "
        "coming nearer",
        e.observed, std::abs(e.observed - e.expected), e.expected, e.limit, span(e.more[1]));
  return fmt::format("{} {:.4g} is beyond the profile's limit {:.4g}", subject(e.more[0]), e.observed, e.limit);
}

std::string explain_rate(const Evidence& e) {
  return fmt::format("temperature moved {:.1f} °C in {:.1f} min (limit {:.1f} °C)", e.observed, e.more[0], e.limit);
}

std::string explain_thermal(const Evidence& e) {
  if (e.more[0] < 0)
    return fmt::format("return air is {:+.1f} °C over supply air; it was between {:+.1f} and {:+.1f} °C so far",
                       e.observed, e.expected, e.limit);
  return fmt::format(
      "return air moved {:+.1f} °C in {:.1f} min where supply and ambient air explain {:+.1f} °C (limit "
      "±{:.1f} °C around it)",
      e.observed, e.more[0], e.expected, e.limit);
}

std::string explain_frozen(const Evidence& e) {
  return fmt::format("{:.0f} readings in a row were exactly {:.4g}, for {} (it usually stays for {:.1f}; {} by chance)",
                     e.observed, e.more[0], span(e.more[1]), e.expected, chance(e.nats));
}

std::string explain_replayed(const Evidence& e) {
  return fmt::format(
      "{:.0f} readings in a row repeat the changes of an earlier stretch of {} ({} by chance)", e.observed,
      e.limit == 0 ? fmt::format("this device, {:.0f} readings ago", e.more[0]) : std::string("another device"),
      chance(e.nats));
}

std::string explain_peer(const Evidence& e) {
  return fmt::format(
      "{} differs by {:+.1f} °C from the device that travels with it; usual {:+.1f} °C (limit ±{:.1f} °C "
      "around it)",
      e.more[0] > 0 ? "ambient air" : "temperature", e.observed, e.expected, e.limit);
}

std::string explain_channel(const Evidence& e) {
  return fmt::format("channel {:.0f} is {:.6g} where {:.6g} ± {:.3g} was forecast ({} by chance)", e.more[0] + 1,
                     e.observed, e.expected, e.limit, chance(e.nats));
}

std::string explain_rise(const Evidence& e) {
  const bool volts = e.more[0] > 0;
  return fmt::format("battery rose from {:.{}f} to {:.{}f} {} and was not charged (limit +{:.{}f} {})", e.expected,
                     volts ? 2 : 0, e.observed, volts ? 2 : 0, volts ? "V" : "%", e.limit, volts ? 2 : 0,
                     volts ? "V" : "%");
}

std::string explain_drain(const Evidence& e) {
  return fmt::format("battery lost {:.0f} % in {}: {:.1f} % an hour, usual {:.1f} (limit {:.1f})", e.more[0],
                     span(e.more[1]), e.observed, e.expected, e.limit);
}

constexpr std::array table{
    CheckInfo{CheckId::range, "range", Family::physics, Threat::physical_limit, false,
              "values outside the profile's limits, and return air that stays away from the set point", explain_range},
    CheckInfo{CheckId::rate, "rate", Family::physics, Threat::sensor_manipulation, false,
              "a temperature that changes faster than the profile allows", explain_rate},
    CheckInfo{CheckId::thermal, "thermal", Family::physics, Threat::sensor_manipulation, false,
              "return air that does not follow supply and ambient air as the box's heat capacity makes it",
              explain_thermal},
    CheckInfo{CheckId::frozen_run, "frozen-run", Family::physics, Threat::sensor_manipulation, false,
              "a reading that stays the same for longer than the sensor's own noise allows", explain_frozen},
    CheckInfo{CheckId::replayed_run, "replayed-run", Family::physics, Threat::sensor_manipulation, true,
              "a stretch of readings copied from an earlier one, of this device or another", explain_replayed},
    CheckInfo{CheckId::peer_disagrees, "peer-disagrees", Family::physics, Threat::sensor_manipulation, false,
              "a sensor that leaves the one that travels with it", explain_peer},
    CheckInfo{CheckId::channel, "channel", Family::physics, Threat::anomaly, false,
              "a numeric channel unlike itself: step, level, daily profile, drift, noise, novelty", explain_channel},
    CheckInfo{CheckId::battery_rise, "battery-rise", Family::physics, Threat::battery_attack, false,
              "a battery that fills without being charged", explain_rise},
    CheckInfo{CheckId::battery_drain, "battery-drain", Family::physics, Threat::battery_attack, false,
              "a battery that empties many times faster than usual", explain_drain},
};

}  // namespace

std::span<const CheckInfo> physics_checks() {
  return table;
}

}  // namespace outrider::detect
