#pragma once
// What can move how fast. Limits are those of the vehicle, not of the law: what exceeds them did not happen.
#include "detect/input/contract.h"

namespace outrider::detect {

struct TransportLimits {
  double speed_max;     // m/s
  double acceleration;  // m/s², standard deviation of what drivers and seas do from one moment to the next
  double climb_max;     // m/s up or down
};

constexpr TransportLimits limits_of(Transport transport) {
  switch (transport) {
    // Fastened to the ground; when it is carried off, then by road, and that is no false position.
    case Transport::fixed:
      return {70, 2.0, 10};
    // People ride in everything up to high-speed trains (CR400: 350 km/h); lifts climb up to 20 m/s (Shanghai Tower).
    case Transport::person:
      return {100, 2.5, 21};
    // Cars are limited to 250 km/h by their makers, lorries to 90 km/h (92/6/EEC); everyday braking is below 3.4 m/s²
    // (AASHTO Green Book, comfortable deceleration). A road of 20 % climbed at 180 km/h is 10 m/s.
    case Transport::road:
      return {70, 2.0, 10};
    case Transport::rail:
      return {100, 1.0, 5};  // in service 350 km/h; EN 13452 emergency braking about 1.2 m/s²
    // The fastest ferry does 58 kn (Francisco, 30 m/s). Containers also ride freight trains (160 km/h at most).
    case Transport::sea:
      return {45, 1.0, 10};
    // Airliners at Mach 0.86 in a jet stream of 100 m/s; emergency descents 30 m/s, drones fall at 50 m/s.
    case Transport::air:
      return {360, 5.0, 60};
  }
  return {360, 5.0, 60};
}

inline TransportLimits limits_of(const Contract& contract) {
  TransportLimits limits = limits_of(contract.transport);
  if (has(contract.speed_max) && contract.speed_max > 0) limits.speed_max = contract.speed_max;
  return limits;
}

}  // namespace outrider::detect
