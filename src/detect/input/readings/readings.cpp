#include "detect/input/readings/readings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>

#include "detect/input/hash.h"
#include "detect/input/readings/firmware.h"
#include "detect/input/readings/words.h"
#include "detect/input/visible_cells.h"
#include "wire/senml/units.h"

namespace outrider::detect {
namespace {

using wire::senml::Value;

// A device may keep readings for a year of bad coverage; its clock may be ahead of ours by a wrong time zone. What lies
// beyond is a broken or lying clock: the checks see a difference that is large enough.
constexpr double late_s_max = 400 * 86400.0, early_s_max = 86400;

std::optional<double> number_of(const Value& value) {
  if (const auto* number = std::get_if<double>(&value); number != nullptr && std::isfinite(*number)) return *number;
  return std::nullopt;
}

void set(Truth& field, const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) field = *truth ? Truth::yes : Truth::no;
  if (const auto number = number_of(value)) field = *number != 0 ? Truth::yes : Truth::no;
}

template <std::integral T>
void set(T& field, const Value& value) {
  const auto number = number_of(value);
  // 2^53: beyond it a double does not name one whole number.
  constexpr double largest = std::min<double>(9007199254740992.0, static_cast<double>(std::numeric_limits<T>::max()));
  if (number && *number >= 0 && *number <= largest) field = static_cast<T>(*number);
}

void set_identifier(std::uint64_t& field, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) field = hash_of(*text);
  if (const auto number = number_of(value)) field = hash_of(fmt::format("{:.0f}", *number));
}

std::string_view text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string_view() : *text;
}

using Take = void (*)(Reading&, const Value&);

// A number in the unit, or something else that `take` understands.
struct Row {
  std::string_view name;
  std::string_view unit;  // empty: any
  double Reading::* number = nullptr;
  Take take = nullptr;
};

// By name.
constexpr std::array rows{
    Row{"accuracy", "m", &Reading::accuracy},
    Row{"agc", "", &Reading::agc},
    Row{"alt", "m", &Reading::alt},
    Row{"ambient_temperature", "Cel", &Reading::ambient_temperature},
    Row{"battery", "%", &Reading::battery},
    Row{"battery_low", "%", &Reading::battery},
    Row{"battery_v", "V", &Reading::battery_v},
    Row{"boot_count", "", &Reading::boot_count},
    Row{"cell", "", nullptr, [](Reading& r, const Value& v) { set(r.cell, v); }},
    Row{"channel", "", &Reading::channel},
    Row{"cipher", "", nullptr, [](Reading& r, const Value& v) { r.cipher = cipher_from(text_of(v)); }},
    Row{"cn0", "dB", &Reading::cn0},
    Row{"cn0_spread", "dB", &Reading::cn0_spread},
    Row{"compressor", "", nullptr, [](Reading& r, const Value& v) { set(r.compressor, v); }},
    Row{"door", "", nullptr, [](Reading& r, const Value& v) { set(r.door, v); }},
    Row{"enclosure", "", nullptr, [](Reading& r, const Value& v) { set(r.enclosure, v); }},
    Row{"firmware", "", nullptr, [](Reading& r, const Value& v) { r.firmware = pack_firmware(text_of(v)); }},
    Row{"gnss_time", "s", &Reading::gnss_time},
    Row{"hdop", "", &Reading::hdop},
    Row{"heading", "deg", &Reading::heading},
    Row{"humidity", "%RH", &Reading::humidity},
    Row{"iccid", "", nullptr, [](Reading& r, const Value& v) { set_identifier(r.iccid, v); }},
    Row{"identity_request", "", nullptr, [](Reading& r, const Value& v) { set(r.identity_request, v); }},
    Row{"imei", "", nullptr, [](Reading& r, const Value& v) { set_identifier(r.imei, v); }},
    Row{"imsi", "", nullptr, [](Reading& r, const Value& v) { set_identifier(r.imsi, v); }},
    Row{"jamming", "", &Reading::jamming},
    Row{"lat", "lat", &Reading::lat},
    Row{"light", "lx", &Reading::light},
    Row{"lon", "lon", &Reading::lon},
    Row{"mcc", "", nullptr, [](Reading& r, const Value& v) { set(r.mcc, v); }},
    Row{"mnc", "", nullptr, [](Reading& r, const Value& v) { set(r.mnc, v); }},
    Row{"neighbour_rsrp", "dBm", &Reading::neighbour_rsrp},
    Row{"neighbours", "", &Reading::neighbours},
    Row{"noise", "", &Reading::noise},
    Row{"pci", "", &Reading::pci},
    Row{"power", "", nullptr, [](Reading& r, const Value& v) { set(r.power, v); }},
    Row{"rat", "", nullptr, [](Reading& r, const Value& v) { r.rat = radio_from(text_of(v)); }},
    Row{"reject", "", nullptr, [](Reading& r, const Value& v) { set(r.reject, v); }},
    Row{"rsrp", "dBm", &Reading::rsrp},
    Row{"rssi", "dBm", &Reading::rssi},
    Row{"satellites", "", &Reading::satellites},
    Row{"setpoint", "Cel", &Reading::setpoint},
    Row{"shock", "m/s2", &Reading::shock},
    Row{"speed", "m/s", &Reading::speed},
    Row{"speed_variance", "", &Reading::speed_variance},
    Row{"supply_temperature", "Cel", &Reading::supply_temperature},
    Row{"tac", "", nullptr, [](Reading& r, const Value& v) { set(r.tac, v); }},
    Row{"temperature", "Cel", &Reading::temperature},
    Row{"tilt", "deg", &Reading::tilt},
    Row{"timing_advance", "", &Reading::timing_advance},
    Row{"vertical_accuracy", "m", &Reading::vertical_accuracy},
    Row{"visible", "", nullptr, [](Reading& r, const Value& v) { read_visible_cells(text_of(v), r.visible); }},
};
static_assert(std::ranges::is_sorted(rows, {}, &Row::name));

// What a receiver that knows only its geometry is good for: GPS SPS Performance Standard (2020), 3.8.3 gives a user
// range error of 7 m (95 %), modems have a few metres more of their own. 99.9 is how they print "no fix".
constexpr double metres_per_hdop = 5, hdop_max = 50;

void complete(Reading& reading) {
  if (!has(reading.accuracy) && reading.hdop > 0 && reading.hdop < hdop_max)
    reading.accuracy = reading.hdop * metres_per_hdop;
}

// The number in the unit we count in; nothing when it is a quantity of another kind.
std::optional<double> convert(double value, std::string_view from, std::string_view to) {
  if (from.empty() || to.empty() || from == to) return value;
  if (to == "%" && from == "%EL") return value;  // RFC 8428, 12.1: both percent, one says of what
  constexpr double kelvin = 273.15;
  if (to == "Cel" && from == "K") return value - kelvin;
  const auto* source = wire::senml::find_unit(from);
  const auto* target = wire::senml::find_unit(to);
  if (source == nullptr || target == nullptr || source->primary != target->primary) return std::nullopt;
  return (value * source->scale + source->offset - target->offset) / target->scale;
}

bool take_named(const wire::senml::Record& record, Reading& reading) {
  const auto row = std::ranges::lower_bound(rows, std::string_view(record.name), {}, &Row::name);
  if (row == rows.end() || row->name != record.name) return false;
  if (row->take != nullptr) {
    row->take(reading, record.value);
    return true;
  }
  const auto number = number_of(record.value);
  if (!number) return false;
  const auto converted = convert(*number, record.unit, row->unit);
  if (!converted) return false;
  reading.*row->number = *converted;
  return true;
}

double seconds(Timestamp time) {
  constexpr double micros = 1e6;
  return static_cast<double>(to_micros(time)) / micros;
}

}  // namespace

bool take_record(const wire::senml::Record& record, const Contract& contract, Reading& reading) {
  bool taken = take_named(record, reading);
  for (std::size_t i = 0; i < channels_max; ++i) {
    if (contract.channels[i].empty() || contract.channels[i] != record.name) continue;
    if (const auto number = number_of(record.value)) {
      reading.channels[i] = *number;
      taken = true;
    }
  }
  return taken;
}

void observations_of(const wire::senml::Pack& pack, const Contract& contract, const Observation& whole,
                     std::vector<Observation>& out) {
  std::vector<std::size_t> order(pack.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto time_of = [&](std::size_t index) { return pack[index].time; };
  if (!std::ranges::is_sorted(order, {}, time_of))
    std::ranges::sort(order, {}, [&](std::size_t index) { return std::pair(pack[index].time, index); });
  const std::size_t before = out.size();
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    const Timestamp time = time_of(order[begin]);
    while (end < order.size() && time_of(order[end]) == time) ++end;
    Observation& next = out.emplace_back(whole);
    next.measured_s = std::clamp(seconds(time), whole.received_s - late_s_max, whole.received_s + early_s_max);
    // Of two records with the same name and time the first counts (docs/format/entries.md): it comes last.
    for (std::size_t i = end; i > begin; --i) take_record(pack[order[i - 1]], contract, next.reading);
    complete(next.reading);
  }
  // The bytes travelled once.
  for (std::size_t i = before + 1; i < out.size(); ++i) out[i].bytes = 0;
}

}  // namespace outrider::detect
