#include "wire/senml/units.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/suggest.h"

namespace outrider::wire::senml {
namespace {

constexpr Unit primary(std::string_view symbol, std::string_view meaning) {
  return {symbol, meaning, symbol, 1, 0};
}

// https://www.iana.org/assignments/senml: units of RFC 8428, RFC 8798 and later registrations. Those that the registry
// marks with an asterisk (not recommended for new devices) are in use and are accepted like the others.
constexpr auto sorted_units() {
  std::array all{
      primary("m", "metre"),
      primary("kg", "kilogram"),
      primary("g", "gram"),
      primary("s", "second"),
      primary("A", "ampere"),
      primary("K", "kelvin"),
      primary("cd", "candela"),
      primary("mol", "mole"),
      primary("Hz", "hertz"),
      primary("rad", "radian"),
      primary("sr", "steradian"),
      primary("N", "newton"),
      primary("Pa", "pascal"),
      primary("J", "joule"),
      primary("W", "watt"),
      primary("C", "coulomb"),
      primary("V", "volt"),
      primary("F", "farad"),
      primary("Ohm", "ohm"),
      primary("S", "siemens"),
      primary("Wb", "weber"),
      primary("T", "tesla"),
      primary("H", "henry"),
      primary("Cel", "degrees Celsius"),
      primary("lm", "lumen"),
      primary("lx", "lux"),
      primary("Bq", "becquerel"),
      primary("Gy", "gray"),
      primary("Sv", "sievert"),
      primary("kat", "katal"),
      primary("m2", "square metre"),
      primary("m3", "cubic metre"),
      primary("l", "litre"),
      primary("m/s", "metre per second"),
      primary("m/s2", "metre per square second"),
      primary("m3/s", "cubic metre per second"),
      primary("l/s", "litre per second"),
      primary("W/m2", "watt per square metre"),
      primary("cd/m2", "candela per square metre"),
      primary("bit", "bit"),
      primary("bit/s", "bit per second"),
      primary("lat", "degrees latitude"),
      primary("lon", "degrees longitude"),
      primary("pH", "pH value"),
      primary("dB", "decibel"),
      primary("dBW", "decibel relative to 1 W"),
      primary("Bspl", "bel, sound pressure level"),
      primary("count", "counter value"),
      primary("/", "ratio"),
      primary("%", "ratio in percent"),
      primary("%RH", "relative humidity in percent"),
      primary("%EL", "remaining battery energy in percent"),
      primary("EL", "remaining battery energy in seconds"),
      primary("1/s", "event rate per second"),
      primary("1/min", "event rate per minute"),
      primary("beat/min", "heart rate"),
      primary("beats", "heart beats"),
      primary("S/m", "siemens per metre"),
      primary("B", "byte"),
      primary("VA", "volt-ampere"),
      primary("VAs", "volt-ampere second"),
      primary("var", "volt-ampere reactive"),
      primary("vars", "volt-ampere reactive second"),
      primary("J/m", "joule per metre"),
      primary("kg/m3", "kilogram per cubic metre"),
      primary("deg", "degree of angle"),
      primary("NTU", "nephelometric turbidity unit"),
      Unit{"ms", "millisecond", "s", 1e-3},
      Unit{"min", "minute", "s", 60},
      Unit{"h", "hour", "s", 3600},
      Unit{"MHz", "megahertz", "Hz", 1e6},
      Unit{"kW", "kilowatt", "W", 1e3},
      Unit{"kVA", "kilovolt-ampere", "VA", 1e3},
      Unit{"kvar", "kilovar", "var", 1e3},
      Unit{"Ah", "ampere-hour", "C", 3600},
      Unit{"Wh", "watt-hour", "J", 3600},
      Unit{"kWh", "kilowatt-hour", "J", 3.6e6},
      Unit{"varh", "var-hour", "vars", 3600},
      Unit{"kvarh", "kilovar-hour", "vars", 3.6e6},
      Unit{"kVAh", "kilovolt-ampere-hour", "VAs", 3.6e6},
      Unit{"VAh", "volt-ampere-hour", "VAs", 3600},
      Unit{"Wh/km", "watt-hour per kilometre", "J/m", 3.6},
      Unit{"KiB", "kibibyte", "B", 1024},
      Unit{"GB", "gigabyte", "B", 1e9},
      Unit{"Mbit/s", "megabit per second", "bit/s", 1e6},
      Unit{"B/s", "byte per second", "bit/s", 8},
      Unit{"MB/s", "megabyte per second", "bit/s", 8e6},
      Unit{"mV", "millivolt", "V", 1e-3},
      Unit{"mA", "milliampere", "A", 1e-3},
      Unit{"dBm", "decibel relative to 1 mW", "dBW", 1, -30},
      Unit{"ug/m3", "microgram per cubic metre", "kg/m3", 1e-9},
      Unit{"mm/h", "millimetre per hour", "m/s", 1.0 / 3.6e6},
      Unit{"m/h", "metre per hour", "m/s", 1.0 / 3600},
      Unit{"ppm", "parts per million", "/", 1e-6},
      Unit{"ppb", "parts per billion", "/", 1e-9},
      Unit{"ppt", "parts per trillion", "/", 1e-12},
      Unit{"/100", "percent", "/", 1e-2},
      Unit{"/1000", "permille", "/", 1e-3},
      Unit{"hPa", "hectopascal", "Pa", 100},
      Unit{"mm", "millimetre", "m", 1e-3},
      Unit{"cm", "centimetre", "m", 1e-2},
      Unit{"km", "kilometre", "m", 1e3},
      Unit{"km/h", "kilometre per hour", "m/s", 1.0 / 3.6},
      Unit{"mg/l", "milligram per litre", "kg/m3", 1e-3},
      Unit{"ug/l", "microgram per litre", "kg/m3", 1e-6},
      Unit{"g/l", "gram per litre", "kg/m3", 1},
  };
  std::ranges::sort(all, {}, &Unit::symbol);
  return all;
}
constexpr auto table = sorted_units();
static_assert(std::ranges::adjacent_find(table, {}, &Unit::symbol) == table.end());

}  // namespace

std::span<const Unit> units() {
  return table;
}

const Unit* find_unit(std::string_view symbol) {
  const auto* at = std::ranges::lower_bound(table, symbol, {}, &Unit::symbol);
  return at != table.end() && at->symbol == symbol ? at : nullptr;
}

std::string suggest_unit(std::string_view symbol) {
  static constexpr auto symbols = [] {
    std::array<std::string_view, table.size()> out;
    std::ranges::transform(table, out.begin(), &Unit::symbol);
    return out;
  }();
  return did_you_mean(symbol, symbols);
}

}  // namespace outrider::wire::senml
