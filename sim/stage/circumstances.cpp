#include "sim/stage/circumstances.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include "sim/model/world/geo.h"

namespace outrider::sim {
namespace {

constexpr double fix_lost_db = 20;         // receivers lose a fix when their noise rises by so much
constexpr double chill_s = 60;             // a front passes
constexpr double lux_of_day = 220;         // in an opened box
constexpr double spoofed_cn0 = 46;         // a spoofer has to be a little stronger than the sky …
constexpr double spoofed_spread = 0.6;     // … and all its satellites come out of one antenna
constexpr std::int64_t lte_channels = 40;  // that an operator uses

std::string name_of(std::string_view device, std::uint64_t what) {
  return fmt::format("{:016x}", seed_of(what, device));
}

const Reading* find(const Report& report, std::string_view name) {
  const auto found = std::ranges::find(report.readings(), name, &Reading::name);
  return found == report.readings().end() ? nullptr : &*found;
}

std::optional<double> number(const Report& report, std::string_view name) {
  const Reading* found = find(report, name);
  const double* value = found == nullptr ? nullptr : std::get_if<double>(&found->value);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

double rounded(double value, double step) {
  return std::round(value / step) * step;
}

// Where there is such a reading.
void shift(Report& report, std::string_view name, double by) {
  if (const auto value = number(report, name)) report.put(name, rounded(*value + by, 0.1));
}

// "5.1.0" becomes "5.2.0", and "5.3.0" with the second update.
std::string newer(std::string_view firmware, unsigned updates) {
  unsigned major = 0, minor = 0;
  const auto dot = firmware.find('.');
  std::from_chars(firmware.data(), firmware.data() + firmware.size(), major);
  if (dot != std::string_view::npos)
    std::from_chars(firmware.data() + dot + 1, firmware.data() + firmware.size(), minor);
  return fmt::format("{}.{}.0", major, minor + updates);
}

}  // namespace

SimCardNames sim_card_of(std::string_view device) {
  return {.iccid = name_of(device, 1), .imsi = name_of(device, 2), .imei = name_of(device, 3)};
}

Circumstances::Circumstances(std::string_view device, std::uint64_t seed)
    : names_(sim_card_of(device)),
      random_(mixed(seed)),
      agc_(random_.between(30, 45)),
      noise_(random_.between(80, 110)),
      indicator_(random_.between(5, 25)),
      spread_(random_.between(4.5, 6)),
      bearing_(random_.between(0, 360)) {}

void Circumstances::obey(const Order& order, double now_s) {
  switch (order.what) {
    case Deed::calm:
      jam_db_ = drag_m_s_ = cold_deg_ = flood_per_s_ = 0;
      cell_.reset();
      break;
    case Deed::jam:
      jam_db_ = order.amount;
      break;
    case Deed::drag:
      drag_m_s_ = order.amount;
      drag_from_s_ = now_s;
      break;
    case Deed::twin_cell:
    case Deed::downgrade:
      cell_ = order.what;
      break;
    case Deed::cold:
      cold_deg_ = order.amount;
      cold_from_s_ = now_s;
      break;
    case Deed::update:
      ++updates_;
      break;
    case Deed::flood:
      flood_per_s_ = order.amount;
      break;
    case Deed::open_box:
      open_ = true;
      event_due_ = order.what;
      break;
    case Deed::cut_power:
      unpowered_ = true;
      event_due_ = order.what;
      break;
    case Deed::mute:
      break;
  }
}

std::optional<Report> Circumstances::event() {
  if (!event_due_) return std::nullopt;
  Report out;
  if (*std::exchange(event_due_, std::nullopt) == Deed::open_box) {
    out.flag("enclosure", true);
    out.number("light", "lx", lux_of_day, 0);
  } else {
    out.number("shock", "m/s2", random_.between(25, 60), 1);
    out.number("tilt", "deg", random_.between(30, 60), 0);
    out.flag("power", false);
  }
  return out;
}

void Circumstances::alter(Report& report, double now_s) {
  instruments(report);
  if (jam_db_ > 0) jammed(report);
  if (drag_m_s_ > 0) dragged(report, now_s);
  if (cell_) caught(report);
  if (cold_deg_ > 0) chilled(report, now_s);
  if (updates_ > 0) updated(report);
  if (find(report, "power") == nullptr) return;  // a box that says nothing of itself
  if (open_) report.put("light", lux_of_day, "lx");
  if (unpowered_) report.put("power", false);
}

void Circumstances::instruments(Report& report) {
  if (find(report, "cn0") != nullptr) {
    report.put("cn0_spread", rounded(random_.normal(spread_, 0.4), 0.1), "dB");
    report.put("agc", rounded(random_.normal(agc_, 0.5), 0.1));
    report.put("noise", rounded(random_.normal(noise_, 2), 1));
    report.put("jamming", rounded(std::max(0.0, random_.normal(indicator_, 2)), 1));
  }
  if (const auto cell = number(report, "cell"); cell && find(report, "pci") != nullptr)
    report.put("channel", static_cast<double>(1'300 + static_cast<std::int64_t>(*cell) / 256 % lte_channels));
  report.put("iccid", std::string_view(names_.iccid));
  report.put("imsi", std::string_view(names_.imsi));
  report.put("imei", std::string_view(names_.imei));
}

// Power goes up, the gain comes down, the signals drown.
void Circumstances::jammed(Report& report) const {
  if (find(report, "cn0") == nullptr) return;
  shift(report, "agc", -jam_db_);
  report.put("noise", rounded(noise_ * std::pow(10, jam_db_ / 20), 1));
  report.put("jamming", std::min(255.0, rounded(indicator_ + 8 * jam_db_, 1)));
  report.put("cn0", std::max(8.0, number(report, "cn0").value_or(40) - jam_db_), "dB");
  const double left = std::max(0.0, std::round(number(report, "satellites").value_or(9) - jam_db_ / 3));
  report.put("satellites", left);
  if (jam_db_ < fix_lost_db) return;
  for (const std::string_view name : {"lat", "lon", "hdop", "speed", "heading"}) report.remove(name);
}

// The receiver follows the spoofer's sky: position, speed and course all come from there.
void Circumstances::dragged(Report& report, double now_s) const {
  const auto lat = number(report, "lat"), lon = number(report, "lon");
  if (!lat || !lon) return;
  const Position there = moved({*lat, *lon}, bearing_, drag_m_s_ * std::max(0.0, now_s - drag_from_s_));
  report.put("lat", rounded(there.lat, 1e-6), "lat");
  report.put("lon", rounded(there.lon, 1e-6), "lon");
  const auto speed = number(report, "speed"), heading = number(report, "heading");
  constexpr double degree = std::numbers::pi / 180;
  if (speed && heading) {
    const double north = *speed * std::cos(*heading * degree) + drag_m_s_ * std::cos(bearing_ * degree);
    const double east = *speed * std::sin(*heading * degree) + drag_m_s_ * std::sin(bearing_ * degree);
    report.put("speed", rounded(std::hypot(north, east), 0.1));
    report.put("heading", std::fmod(rounded(wrapped_deg(std::atan2(east, north) / degree), 0.1), 360));
  }
  report.put("cn0", spoofed_cn0, "dB");
  report.put("cn0_spread", spoofed_spread, "dB");
  shift(report, "agc", -4);
  shift(report, "jamming", 10);
}

void Circumstances::caught(Report& report) const {
  if (find(report, "cell") == nullptr) return;
  report.put("identity_request", true);
  report.put("timing_advance", 0.0);
  report.put("neighbours", 0.0);
  if (*cell_ == Deed::twin_cell) {
    report.put("cipher", std::string_view("eea0"));
    report.put("channel", number(report, "channel").value_or(1300) + 100);
    report.put("pci", std::fmod(number(report, "pci").value_or(0) + 101, 504));
    report.put("rsrp", -52.0, "dBm");
    return;
  }
  report.put("rat", std::string_view("gsm"));
  report.put("cipher", std::string_view("a5/0"));
  report.put("tac", 61'440.0);
  report.put("cell", 4'711.0);
  for (const std::string_view name : {"pci", "channel", "rsrp"}) report.remove(name);
  report.put("rssi", -51.0, "dBm");
}

// The air outside, a box that is not cooled (half of it, and later), and batteries.
void Circumstances::chilled(Report& report, double now_s) const {
  const double passed = std::clamp((now_s - cold_from_s_) / chill_s, 0.0, 1.0);
  const double fallen = cold_deg_ * passed;
  shift(report, "ambient_temperature", -fallen);
  if (find(report, "setpoint") == nullptr) shift(report, "temperature", -fallen * passed / 2);
  if (const auto volts = number(report, "battery_v")) report.put("battery_v", *volts - 0.006 * fallen, "V");
  if (const auto charge = number(report, "battery")) report.put("battery", std::max(0.0, *charge - 0.2 * fallen), "%");
}

void Circumstances::updated(Report& report) {
  const Reading* const now = find(report, "firmware");
  const auto* text = now == nullptr ? nullptr : std::get_if<std::string_view>(&now->value);
  if (text == nullptr) return;
  firmware_ = newer(*text, updates_);
  report.put("firmware", std::string_view(firmware_));
  report.put("boot_count", number(report, "boot_count").value_or(1) + updates_);
  report.put("reset_reason", std::string_view("update"));
}

}  // namespace outrider::sim
