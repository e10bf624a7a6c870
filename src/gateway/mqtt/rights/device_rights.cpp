#include "gateway/mqtt/rights/device_rights.h"

#include <algorithm>
#include <array>
#include <span>

#include "gateway/mqtt/rights/confinement.h"
#include "wire/mqtt/topic.h"

namespace outrider::gateway::mqtt {

namespace {

constexpr std::string_view topics_root = "d/";

// What a device in quarantine may still say and hear. A command is of no use without its outcome.
constexpr std::array<std::string_view, 4> quarantine_says{"log", "attestation", "update", "command/ack"};
constexpr std::array<std::string_view, 3> quarantine_hears{"command", "config", "update"};

bool holds(std::span<const std::string_view> names, std::string_view leaf) {
  return std::ranges::find(names, leaf) != names.end();
}

}  // namespace

std::string_view DeviceRights::client_id_root() const {
  const std::string_view own = root_;
  return own.substr(topics_root.size(), own.size() - topics_root.size() - 1);
}

std::optional<std::string_view> DeviceRights::leaf_of(std::string_view topic) const {
  if (!topic.starts_with(root_) || topic.size() == root_.size()) return std::nullopt;
  return topic.substr(root_.size());
}

Result<PublishRule> DeviceRights::may_publish(std::string_view topic) const {
  TRY(const auto rule, may_leave_will(topic));
  if (quarantined_ && !holds(quarantine_says, rule.name))
    return fail(
        Errc::forbidden, "device-quarantined",
        "the device is in quarantine and publishes its diagnostics only: log, attestation, update, command/ack");
  return rule;
}

Result<PublishRule> DeviceRights::may_leave_will(std::string_view topic) const {
  const auto leaf = leaf_of(topic);
  if (!leaf) return std::unexpected(outside_to_publish(root_, topic));
  const fleet::TopicRule* rule = profile_->may_publish(*leaf);
  if (rule == nullptr)
    return fail(Errc::forbidden, "topic-not-granted",
                "profile " + profile_->id.value + " does not publish '" + std::string(*leaf) + "'");
  return PublishRule{rule->name, rule->bytes_max, rule->per_minute_max,
                     static_cast<std::uint16_t>(rule - profile_->publish.data()), rule};
}

Result<Report> DeviceRights::judge(const PublishRule& rule, std::string_view, ByteView payload,
                                   std::optional<std::string_view> content_type, Timestamp received) const {
  return judge_report(*profile_, *static_cast<const fleet::TopicRule*>(rule.inside), payload, content_type, received,
                      signatures_.get());
}

Result<void> DeviceRights::may_subscribe(std::string_view filter) const {
  const auto leaf = leaf_of(filter);
  if (!leaf) return std::unexpected(outside_to_subscribe(root_, filter));
  const bool grants_any =
      std::ranges::any_of(profile_->subscribe, [&](const auto& name) { return wire::mqtt::matches(*leaf, name); });
  if (!grants_any)
    return fail(Errc::forbidden, "topic-not-granted",
                "profile " + profile_->id.value + " does not subscribe to '" + std::string(*leaf) + "'");
  return {};
}

bool DeviceRights::may_receive(std::string_view topic) const {
  const auto leaf = leaf_of(topic);
  return leaf && profile_->may_subscribe(*leaf) && (!quarantined_ || holds(quarantine_hears, *leaf));
}

}  // namespace outrider::gateway::mqtt
