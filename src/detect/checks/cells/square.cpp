#include "detect/checks/cells/square.h"

#include "detect/checks/cells/cell_index.h"

namespace outrider::detect {

double Square::legacy_share() const {
  const auto old = radio[static_cast<std::size_t>(Radio::gsm)] + radio[static_cast<std::size_t>(Radio::umts)];
  std::uint32_t all = 0;
  for (const auto count : radio) all += count;
  return (old + 1.0) / (all + 2.0);
}

void Square::age() {
  static constexpr std::uint32_t samples_max = 4000;
  if (samples < samples_max) return;
  for (auto* each : {&samples, &new_cells, &new_areas, &new_countries}) *each /= 2;
  for (auto& each : radio) each /= 2;
  areas.halve();
  countries.halve();
}

std::uint32_t area_id(const CellKey& key) {
  const auto mixed = mix(key.area, static_cast<std::uint64_t>(key.mcc) << 16U | key.mnc);
  return static_cast<std::uint32_t>(mixed >> 32U) | 1U;
}

}  // namespace outrider::detect
