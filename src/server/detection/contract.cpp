#include "server/detection/contract.h"

#include <algorithm>
#include <numeric>

#include "detect/input/readings/firmware.h"

namespace outrider::server {
namespace {

static_assert(fleet::detection_channels_max <= detect::channels_max);
static_assert(static_cast<int>(fleet::Transport::fixed) == static_cast<int>(detect::Transport::fixed) &&
              static_cast<int>(fleet::Transport::air) == static_cast<int>(detect::Transport::air));

fleet::Transport usual_transport(fleet::DeviceClass device_class) {
  switch (device_class) {
    case fleet::DeviceClass::vehicle:
    case fleet::DeviceClass::container:
      return fleet::Transport::road;
    case fleet::DeviceClass::wearable:
    case fleet::DeviceClass::terminal:
    case fleet::DeviceClass::handheld:
      return fleet::Transport::person;
    case fleet::DeviceClass::drone:
      return fleet::Transport::air;
    case fleet::DeviceClass::sensor:
      return fleet::Transport::fixed;
  }
  return fleet::Transport::air;
}

detect::Limit limit_of(const fleet::Profile& profile, const std::string& name) {
  detect::Limit limit;
  if (const auto* rule = profile.reading(name); rule != nullptr) {
    limit.min = rule->min.value_or(detect::absent);
    limit.max = rule->max.value_or(detect::absent);
  }
  if (const auto rate = profile.detection.rate_max.find(name); rate != profile.detection.rate_max.end())
    limit.rate_max = rate->second;
  return limit;
}

double seconds(Timestamp time) {
  constexpr double micros = 1e6;
  return static_cast<double>(to_micros(time)) / micros;
}

detect::ReleasedFirmware released(const fleet::FirmwareRule& rule) {
  detect::ReleasedFirmware out;
  for (const auto& version : rule.versions) out.versions.push_back(detect::pack_firmware(version));
  out.current = detect::pack_firmware(rule.current);
  if (rule.since) out.since_s = seconds(*rule.since);
  if (rule.by) out.by_s = seconds(*rule.by);
  return out;
}

}  // namespace

detect::Contract contract_of(const fleet::Profile& profile) {
  detect::Contract out;
  out.profile = profile.id.value;
  out.device_class = static_cast<std::uint8_t>(profile.device_class);
  out.transport =
      static_cast<detect::Transport>(profile.detection.transport.value_or(usual_transport(profile.device_class)));
  out.speed_max = profile.detection.speed_max.value_or(detect::absent);
  out.interval_s = static_cast<double>(profile.interval.count());
  out.messages_per_minute_max =
      std::accumulate(profile.publish.begin(), profile.publish.end(), 0.0,
                      [](double sum, const fleet::TopicRule& topic) { return sum + topic.per_minute_max; });
  for (const auto kind : profile.networks) out.networks |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
  const auto says_personal = [](const auto& rule) { return rule.personal; };
  out.personal = std::ranges::any_of(profile.readings, says_personal) ||
                 std::ranges::any_of(profile.events, says_personal) ||
                 std::ranges::any_of(profile.publish, says_personal);
  out.thermal = profile.detection.thermal;
  out.temperature = limit_of(profile, "temperature");
  out.battery_v = limit_of(profile, "battery_v");
  for (std::size_t i = 0; i < profile.detection.channels.size(); ++i) {
    out.channels[i] = profile.detection.channels[i];
    out.channel_limits[i] = limit_of(profile, profile.detection.channels[i]);
  }
  for (const auto& event : profile.events) out.expected_events.push_back(event.name);
  out.firmware = released(profile.detection.firmware);
  return out;
}

std::optional<detect::Contract> read_contract(std::string_view toml) {
  const auto profile = fleet::Profile::parse(toml, "profile");
  if (!profile) return std::nullopt;
  return contract_of(*profile);
}

}  // namespace outrider::server
