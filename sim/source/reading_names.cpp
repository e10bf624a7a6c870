#include "sim/source/reading_names.h"

#include <algorithm>
#include <array>

namespace outrider::sim {
namespace {

// Sorted by name.
constexpr std::array table{
    ReadingName{"alt", "m"},
    ReadingName{"ambient_temperature", "Cel"},
    ReadingName{"armed", "", ReadingType::boolean},
    ReadingName{"battery", "%"},
    ReadingName{"battery_v", "V"},
    ReadingName{"boot_count", ""},
    ReadingName{"cell", ""},
    ReadingName{"cipher", "", ReadingType::text},
    ReadingName{"climb", "m/s"},
    ReadingName{"cn0", "dB"},
    ReadingName{"co2", "ppm"},
    ReadingName{"compressor", "", ReadingType::boolean},
    ReadingName{"conductivity", "S/m"},
    ReadingName{"cradle", "", ReadingType::boolean},
    ReadingName{"declined", ""},
    ReadingName{"door", "", ReadingType::boolean},
    ReadingName{"firmware", "", ReadingType::text},
    ReadingName{"hdop", ""},
    ReadingName{"heading", "deg"},
    ReadingName{"heart_rate", "beat/min"},
    ReadingName{"humidity", "%RH"},
    ReadingName{"ignition", "", ReadingType::boolean},
    ReadingName{"lat", "lat"},
    ReadingName{"light", "lx"},
    ReadingName{"lon", "lon"},
    ReadingName{"mains", "", ReadingType::boolean},
    ReadingName{"mcc", ""},
    ReadingName{"mnc", ""},
    ReadingName{"neighbours", ""},
    ReadingName{"odometer", "m"},
    ReadingName{"pci", ""},
    ReadingName{"power", "", ReadingType::boolean},
    ReadingName{"pressure", "Pa"},
    ReadingName{"rain", "mm"},
    ReadingName{"rat", "", ReadingType::text},
    ReadingName{"reset_reason", "", ReadingType::text},
    ReadingName{"respiration", "beat/min"},
    ReadingName{"rsrp", "dBm"},
    ReadingName{"rssi", "dBm"},
    ReadingName{"satellites", ""},
    ReadingName{"scans", ""},
    ReadingName{"setpoint", "Cel"},
    ReadingName{"shock", "m/s2"},
    ReadingName{"skin_temperature", "Cel"},
    ReadingName{"soil_moisture", "%"},
    ReadingName{"soil_temperature", "Cel"},
    ReadingName{"speed", "m/s"},
    ReadingName{"spo2", "%"},
    ReadingName{"steps", ""},
    ReadingName{"supply_temperature", "Cel"},
    ReadingName{"tac", ""},
    ReadingName{"tamper", "", ReadingType::boolean},
    ReadingName{"temperature", "Cel"},
    ReadingName{"tilt", "deg"},
    ReadingName{"timing_advance", ""},
    ReadingName{"transactions", ""},
    ReadingName{"wind", "m/s"},
    ReadingName{"worn", "", ReadingType::boolean},
};
static_assert(std::ranges::is_sorted(table, {}, &ReadingName::name));

}  // namespace

std::span<const ReadingName> reading_names() {
  return table;
}

const ReadingName* find_reading(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(table, name, {}, &ReadingName::name);
  return found != table.end() && found->name == name ? found : nullptr;
}

}  // namespace outrider::sim
