#pragma once
// What stands against a device now: its highest risk, and of what.
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "detect/engine/engine.h"

namespace outrider::detect {

struct DeviceRisk {
  std::string threat;  // slug
  std::string title;
  double risk = 0;    // nats, decayed to now
  std::string level;  // "none", "ticket" or "page": what it is worth by itself
  bool proof = false;
  std::uint64_t entry = 0;  // the newest one that speaks for it
};
BOOST_DESCRIBE_STRUCT(DeviceRisk, (), (threat, title, risk, level, proof, entry))

// Nothing when nothing weighs as much as one surprise any more, or the device is not known.
std::optional<DeviceRisk> device_risk(const Engine& engine, const DeviceId& device, Timestamp now);

}  // namespace outrider::detect
