#pragma once
// What a profile promises detection: how its devices move, and which of their numbers are worth following.
#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace outrider::fleet {

// How a device gets about; the limits of speed and acceleration follow from it.
enum class Transport : std::uint8_t { fixed, person, road, rail, sea, air };
BOOST_DESCRIBE_ENUM(Transport, fixed, person, road, rail, sea, air)

// Which firmware may run, and which has to: the table [detect.firmware].
struct FirmwareRule {
  std::vector<std::string> versions;  // from the oldest to the newest; empty: the profile does not say
  std::string current;                // one of them
  std::optional<Timestamp> since;     // when the current one was released
  std::optional<Timestamp> by;        // from when on it has to run
};
BOOST_DESCRIBE_STRUCT(FirmwareRule, (), (versions, current, since, by))

// The table [detect].
struct DetectionRule {
  std::optional<Transport> transport;      // nothing: what its class suggests
  std::optional<double> speed_max;         // m/s; nothing: the transport's
  bool thermal = false;                    // a cooled box: temperature, setpoint, compressor, door, ambient
  std::vector<std::string> channels;       // readings that are followed by number, at most 3
  std::map<std::string, double> rate_max;  // reading: how much it may change in a minute
  FirmwareRule firmware;
};
BOOST_DESCRIBE_STRUCT(DetectionRule, (), (transport, speed_max, thermal, channels, rate_max, firmware))

inline constexpr std::size_t detection_channels_max = 3;
inline constexpr std::size_t firmware_versions_max = 64;  // a release a month for five years
inline constexpr std::size_t firmware_bytes_max = 64;     // a commit, or a number with words behind it

}  // namespace outrider::fleet
