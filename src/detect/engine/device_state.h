#pragma once
// All that detection remembers of one device: fixed size, no pointers, no padding left to chance, so that a snapshot is
// these bytes and the same entries give the same bytes.
#include <array>
#include <cstring>
#include <limits>
#include <type_traits>

#include "detect/checks/gnss/gnss_state.h"
#include "detect/checks/identity/identity_state.h"
#include "detect/checks/motion/motion_state.h"
#include "detect/checks/numeric/channel.h"
#include "detect/checks/physics/physics_state.h"
#include "detect/checks/radio/radio_state.h"
#include "detect/checks/tamper/tamper_state.h"
#include "detect/checks/traffic/traffic_state.h"
#include "detect/engine/risk_state.h"
#include "detect/input/observation.h"

namespace outrider::detect {

struct alignas(64) DeviceState {   // whole cache lines
  std::uint32_t device = 0;        // index
  std::uint32_t lifecycle = 0;     // facts::Lifecycle
  double first_s = 0, last_s = 0;  // received time of its first and newest observation that was not a tick
  std::uint64_t last_entry = 0;
  std::uint64_t observations = 0;
  double channels_s = 0;       // newest time that the numeric channels were given
  float lat = 0, lon = 0;      // where it last said it was; NaN: not known
  std::uint32_t carrier = 0;   // mcc * 1000 + mnc; 0: not known
  std::uint32_t wake_s = 0;    // when it is looked at although it says nothing
  std::uint64_t firmware = 0;  // 0: not known

  IdentityState identity;
  MotionState motion;
  GnssState gnss;
  RadioState radio;
  PhysicsState physics;
  std::array<ChannelState, channels_max> channels;
  TrafficState traffic;
  TamperState tamper;
  RiskState risk;

  DeviceState() {
    std::memset(static_cast<void*>(this), 0, sizeof *this);
    lat = lon = std::numeric_limits<float>::quiet_NaN();
  }
};
inline constexpr std::size_t device_state_bytes_max = 4096;
static_assert(std::is_trivially_copyable_v<DeviceState> && sizeof(DeviceState) <= device_state_bytes_max);

}  // namespace outrider::detect
