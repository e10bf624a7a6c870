// SUBSCRIBE and UNSUBSCRIBE: confined to the device's own topics, and to what its profile grants of them.
#include "gateway/mqtt/session/send.h"
#include "wire/mqtt/topic.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::QoS;
using wire::mqtt::ReasonCode;

Result<void> Session::on_subscribe(const wire::mqtt::Subscribe& subscribe) {
  if (!subscribe.properties.subscription_identifiers.empty())
    return wire::mqtt::refuse(ReasonCode::subscription_identifiers_not_supported,
                              "subscription identifiers are not available");
  wire::mqtt::Suback suback;
  suback.packet_identifier = subscribe.packet_identifier;
  std::string why;  // of the last that was refused
  for (const auto& subscription : subscribe.subscriptions) {
    const auto granted = subscribe_one(subscription);
    if (granted) {
      suback.reasons.push_back(*granted);
      continue;
    }
    const ReasonCode reason = wire::mqtt::reason_code_of(granted.error());
    suback.reasons.push_back(reason);
    why = granted.error().detail;
    refuse("subscribe", subscription.filter, "subscribe-" + std::string(wire::mqtt::name_of(reason)), why);
  }
  suback.properties.reason_string = reason_string(why);
  send(suback);
  return {};
}

// The QoS granted, or an Error with the reason code for SUBACK (MQTT 5, 3.9.3).
Result<ReasonCode> Session::subscribe_one(const wire::mqtt::Subscription& subscription) {
  TRY(const auto parts, wire::mqtt::parse_filter(subscription.filter));
  if (!parts.group.empty())
    return wire::mqtt::refuse(ReasonCode::shared_subscriptions_not_supported, "shared subscriptions are not available");
  CHECK(wire::mqtt::check_topic_filter_limits(parts.filter));
  std::string scratch;
  const auto own = canonical(rights_->root(), parts.filter, scratch);
  if (const auto granted = rights_->may_subscribe(own.topic); !granted)
    return wire::mqtt::refuse(ReasonCode::not_authorized, granted.error().detail);

  const std::string filter(own.topic);
  std::pair<std::string, bool> mine(filter, own.by_alias);
  const bool known = std::ranges::find(filters_, mine) != filters_.end();
  if (!known && filters_.size() >= hub_.limits().subscriptions_max)
    return wire::mqtt::refuse(ReasonCode::quota_exceeded, "too many subscriptions");
  const QoS qos = std::min(subscription.qos, QoS::at_least_once);
  CHECK(hub_.subscriptions(fleet_).insert(filter, {this, own.by_alias}, {qos, subscription.no_local}));
  if (!known) filters_.push_back(std::move(mine));
  return qos == QoS::at_most_once ? ReasonCode::success : ReasonCode::granted_qos_1;
}

Result<void> Session::on_unsubscribe(const wire::mqtt::Unsubscribe& unsubscribe) {
  wire::mqtt::Unsuback unsuback;
  unsuback.packet_identifier = unsubscribe.packet_identifier;
  for (const auto filter : unsubscribe.filters) {
    std::string scratch;
    const auto own = canonical(rights_->root(), filter, scratch);
    const bool had = std::erase(filters_, std::pair(std::string(own.topic), own.by_alias)) > 0;
    if (had) hub_.subscriptions(fleet_).erase(own.topic, {this, own.by_alias});
    unsuback.reasons.push_back(had ? ReasonCode::success : ReasonCode::no_subscription_existed);
  }
  send(unsuback);
  return {};
}

void Session::drop_subscriptions() {
  for (const auto& [filter, by_alias] : filters_) hub_.subscriptions(fleet_).erase(filter, {this, by_alias});
  filters_.clear();
}

}  // namespace outrider::gateway::mqtt
