#pragma once
// What the profile promises of its devices, as the checks need it. The server makes it of fleet::Profile ([detect] in
// docs/format/profile.md); a plain value, constant once made.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "detect/input/observation.h"

namespace outrider::detect {

// How it moves: gives the limits of speed and acceleration (checks/motion/transport.h).
enum class Transport : std::uint8_t { fixed, person, road, rail, sea, air };

struct Limit {
  double min = absent, max = absent;  // physical range
  double rate_max = absent;           // per minute
};

// Which firmware may run, and which has to; without versions the profile does not say.
struct ReleasedFirmware {
  std::vector<std::uint64_t> versions;  // as Reading::firmware has them, from the oldest to the newest
  std::uint64_t current = 0;            // one of them
  double since_s = 0;                   // when the current one was released, seconds since 1970
  double by_s = absent;                 // from when on it has to run
};

struct Contract {
  std::string profile;
  std::uint8_t device_class = 0;  // fleet::DeviceClass
  Transport transport = Transport::road;
  double speed_max = absent;           // m/s; absent: the transport's
  double interval_s = 60;              // between two reports when nothing happens
  double messages_per_minute_max = 0;  // the sum of what its topics allow
  std::uint8_t networks = 0;           // bit (kind): sessions may come from there; 0: from anywhere
  bool personal = false;               // says things about a person: so do alerts about it
  bool thermal = false;                // a reefer: temperature follows set point, compressor, door and ambient
  Limit temperature, battery_v;
  std::array<std::string, channels_max> channels;  // SenML names; empty: unused
  std::array<Limit, channels_max> channel_limits;
  std::vector<std::string> expected_events;
  ReleasedFirmware firmware;
};

}  // namespace outrider::detect
