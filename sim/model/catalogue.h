#pragma once
// Which model plays which profile.
#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "sim/model/device_model.h"

namespace outrider::sim {

struct ModelEntry {
  std::string_view profile;
  std::chrono::seconds interval;  // the profile's, between two reports
  std::unique_ptr<DeviceModel> (*make)(const ModelSetup& setup);
};

std::span<const ModelEntry> catalogue();
// not_found with a "did you mean" for a profile without a model.
Result<const ModelEntry*> model_of(std::string_view profile);

// One file each.
std::unique_ptr<DeviceModel> make_fleet_tracker(const ModelSetup& setup);
std::unique_ptr<DeviceModel> make_container_dry(const ModelSetup& setup);
std::unique_ptr<DeviceModel> make_container_reefer(const ModelSetup& setup);
std::unique_ptr<DeviceModel> make_medical_wearable(const ModelSetup& setup);
std::unique_ptr<DeviceModel> make_payment_terminal(const ModelSetup& setup);
std::unique_ptr<DeviceModel> make_drone_sensor(const ModelSetup& setup);
std::unique_ptr<DeviceModel> make_field_sensor(const ModelSetup& setup);
std::unique_ptr<DeviceModel> make_handheld(const ModelSetup& setup);

}  // namespace outrider::sim
