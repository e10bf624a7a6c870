// Reports under a stolen identity, as the device would make them or altered.
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "sim/breach/attacker/attacks.h"
#include "sim/device/encode_report.h"
#include "sim/model/world/geo.h"
#include "sim/stage/circumstances.h"

namespace outrider::sim {
namespace {

constexpr std::size_t replayed = 10;  // values

// Again and again, on a line that is opened again when it is cut.
Result<Tally> report_altered(Attacker& attacker, const Step& step,
                             const std::function<Altered(std::size_t attempt)>& alter) {
  Tally out;
  Stolen& as = attacker.stolen.at(step.victim);
  std::unique_ptr<Line> line;
  for (std::size_t i = 0; i < step.attempts; ++i) {
    if (!line || !line->is_open()) {
      line.reset();
      auto opened = Line::open(attacker.line(as, as.device.value));
      if (!opened) {
        out.take(std::unexpected(opened.error()));
        if (!attacker.rest(step.every)) break;
        continue;
      }
      line = *std::move(opened);
    }
    TRY(const auto report, report_of(as, std::chrono::duration<double>(step.every).count(), alter(i)));
    out.take(line->publish(fmt::format("d/{}/telemetry", as.device.value), report, report_type()));
    if (!attacker.rest(step.every)) break;
  }
  return out;
}

std::optional<double> number(const Report& report, std::string_view name) {
  for (const Reading& one : report.readings())
    if (const auto* value = std::get_if<double>(&one.value); value != nullptr && one.name == name) return *value;
  return std::nullopt;
}

}  // namespace

std::string_view report_type() {
  return content_type_of(Encoding::json);
}

Result<Bytes> report_of(Stolen& device, double seconds, const Altered& alter) {
  device.model->advance(seconds);
  Report report;
  device.model->report(report);
  if (alter) alter(report);
  return encode_report(report, system_clock().now(), Encoding::json);
}

Result<Tally> clone(Attacker& attacker, const Step& step) {
  return report_altered(attacker, step, [](std::size_t) { return Altered(); });
}

Result<Tally> position(Attacker& attacker, const Step& step, bool drifts) {
  const double bearing = attacker.random.between(0, 2 * std::numbers::pi);
  return report_altered(attacker, step, [&, bearing](std::size_t attempt) {
    const double seconds = std::chrono::duration<double>(step.every).count() * static_cast<double>(attempt + 1);
    const double degrees = (drifts ? step.amount * seconds : step.amount) / metres_per_degree;
    return Altered([=](Report& report) {
      if (const auto lat = number(report, "lat")) report.put("lat", *lat + degrees * std::cos(bearing));
      if (const auto lon = number(report, "lon")) report.put("lon", *lon + degrees * std::sin(bearing));
    });
  });
}

Result<Tally> temperature(Attacker& attacker, const Step& step) {
  // A freeze repeats the first value, a replay the first ten in turn.
  std::map<std::string_view, std::vector<double>> kept;
  const std::size_t keep = step.attack == Attack::temperature_freeze ? 1 : replayed;
  return report_altered(attacker, step, [&](std::size_t attempt) {
    return Altered([&, attempt](Report& report) {
      for (const std::string_view name : {"temperature", "supply_temperature"}) {
        const auto value = number(report, name);
        if (!value) continue;
        if (step.attack == Attack::temperature_offset) {
          report.put(name, *value + step.amount);
          continue;
        }
        auto& values = kept[name];
        if (values.size() < keep) values.push_back(*value);
        report.put(name, values[attempt % values.size()]);
      }
    });
  });
}

Result<Tally> firmware_downgrade(Attacker& attacker, const Step& step) {
  return report_altered(attacker, step, [](std::size_t) {
    return Altered([](Report& report) { report.put("firmware", std::string_view("0.9.0")); });
  });
}

// The SIM tells the network who pays, not the server who speaks: without the keys it would open nothing.
Result<Tally> moved_sim(Attacker& attacker, const Step& step) {
  const auto& device = attacker.stolen.at(step.victim).device.value;
  CHECK(attacker.order({.what = Deed::mute, .devices = {device}}));
  const SimCardNames sim = sim_card_of(device);
  const std::string modem = sim_card_of(device + "'s thief").imei;
  return report_altered(attacker, step, [&](std::size_t) {
    return Altered([&](Report& report) {
      report.put("iccid", std::string_view(sim.iccid));
      report.put("imsi", std::string_view(sim.imsi));
      report.put("imei", std::string_view(modem));
    });
  });
}

}  // namespace outrider::sim
