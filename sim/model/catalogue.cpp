#include "sim/model/catalogue.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/suggest.h"

namespace outrider::sim {

std::span<const ModelEntry> catalogue() {
  using std::chrono::seconds;
  static constexpr std::array entries{
      ModelEntry{"fleet-tracker", seconds{30}, &make_fleet_tracker},
      ModelEntry{"container-dry", seconds{900}, &make_container_dry},
      ModelEntry{"container-reefer", seconds{300}, &make_container_reefer},
      ModelEntry{"medical-wearable", seconds{60}, &make_medical_wearable},
      ModelEntry{"payment-terminal", seconds{300}, &make_payment_terminal},
      ModelEntry{"drone-sensor", seconds{10}, &make_drone_sensor},
      ModelEntry{"field-sensor", seconds{1800}, &make_field_sensor},
      ModelEntry{"handheld", seconds{120}, &make_handheld},
  };
  return entries;
}

Result<const ModelEntry*> model_of(std::string_view profile) {
  const auto found = std::ranges::find(catalogue(), profile, &ModelEntry::profile);
  if (found != catalogue().end()) return &*found;
  std::vector<std::string_view> names;
  for (const auto& entry : catalogue()) names.push_back(entry.profile);
  return fail(Errc::not_found, "no-model",
              "there is no model for profile '" + std::string(profile) + "'" + did_you_mean(profile, names));
}

}  // namespace outrider::sim
