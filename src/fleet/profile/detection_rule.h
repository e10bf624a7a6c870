#pragma once
// What a profile promises detection: how its devices move, and which of their numbers are worth following.
#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace outrider::fleet {

// How a device gets about; the limits of speed and acceleration follow from it.
enum class Transport : std::uint8_t { fixed, person, road, rail, sea, air };
BOOST_DESCRIBE_ENUM(Transport, fixed, person, road, rail, sea, air)

// The table [detect].
struct DetectionRule {
  std::optional<Transport> transport;      // nothing: what its class suggests
  std::optional<double> speed_max;         // m/s; nothing: the transport's
  bool thermal = false;                    // a cooled box: temperature, setpoint, compressor, door, ambient
  std::vector<std::string> channels;       // readings that are followed by number, at most 3
  std::map<std::string, double> rate_max;  // reading: how much it may change in a minute
};
BOOST_DESCRIBE_STRUCT(DetectionRule, (), (transport, speed_max, thermal, channels, rate_max))

inline constexpr std::size_t detection_channels_max = 3;

}  // namespace outrider::fleet
