// SUBSCRIBE and UNSUBSCRIBE: confined to what the rights grant. Answered when a kept session's subscription is durable.
#include "gateway/mqtt/session/send.h"
#include "wire/mqtt/topic.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::QoS;
using wire::mqtt::ReasonCode;
using wire::mqtt::RetainHandling;

FleetTopics& Session::topics() {
  if (topics_of_fleet_ == nullptr) topics_of_fleet_ = &hub_.shared().topics.of(fleet_);
  return *topics_of_fleet_;
}

Result<Filter> Session::own_filter(std::string_view filter) const {
  TRY(const auto parts, wire::mqtt::parse_filter(filter));
  std::string scratch;
  const auto own = canonical(rights_->root(), parts.filter, scratch);
  return Filter{std::string(own.topic), std::string(parts.group), own.by_alias};
}

Result<void> Session::on_subscribe(const wire::mqtt::Subscribe& subscribe) {
  const auto& identifiers = subscribe.properties.subscription_identifiers;
  const std::uint32_t identifier = identifiers.empty() ? 0 : identifiers.front();
  std::vector<ReasonCode> reasons;
  std::string why;  // of the last that was refused
  std::vector<Granted> granted;
  for (const auto& subscription : subscribe.subscriptions) {
    auto one = subscribe_one(subscription, identifier);
    if (one) {
      reasons.push_back(static_cast<ReasonCode>(one->stored.wanted.qos));
      granted.push_back(*std::move(one));
      continue;
    }
    const ReasonCode reason = wire::mqtt::reason_code_of(one.error());
    reasons.push_back(reason);
    why = clip(one.error().detail);
    refuse("subscribe", subscription.filter, one.error().reason, why);
  }
  auto answer = [identifier = subscribe.packet_identifier, reasons = std::move(reasons), why, granted](
                    Session& session, Result<void> stored) {
    if (session.state_ != State::online) return;
    if (!stored)
      return session.end(ReasonCode::implementation_specific_error, "state-failed",
                         "the subscription could not be kept");
    wire::mqtt::Suback suback;
    suback.packet_identifier = identifier;
    suback.reasons = reasons;
    suback.properties.reason_string = session.reason_string(why);
    session.send(suback);
    session.send_retained(granted);
  };
  if (!lasting_ || granted.empty()) {
    answer(*this, {});
    return {};
  }
  submit(
      [id = lasting_->id, granted](StateWork& work) -> Result<void> {
        for (const Granted& one : granted) CHECK(work.tables.subscribe(id, one.stored));
        return {};
      },
      std::move(answer));
  return {};
}

// What is granted, or an Error with the reason code for SUBACK (MQTT 5, 3.9.3).
Result<Session::Granted> Session::subscribe_one(const wire::mqtt::Subscription& subscription,
                                                std::uint32_t identifier) {
  Granted out;
  TRY(out.stored.filter, own_filter(subscription.filter));
  const Filter& filter = out.stored.filter;
  CHECK(wire::mqtt::check_topic_filter_limits(filter.filter));
  CHECK(rights_->may_subscribe(filter.filter));
  out.fresh = std::ranges::find(filters_, filter) == filters_.end();
  if (out.fresh && filters_.size() >= hub_.limits().subscriptions_max)
    return wire::mqtt::refuse(ReasonCode::quota_exceeded, "too many subscriptions");
  out.handling = subscription.retain_handling;
  out.stored.wanted = {subscription.qos, subscription.no_local, subscription.retain_as_published, filter.by_alias,
                       identifier};
  if (!hearer_) {
    hearer_ = std::make_shared<Hearer>(0);
    hearer_->session = id_;
  }
  CHECK(topics().routes.subscribe(filter, hearer_, out.stored.wanted));
  if (out.fresh) filters_.push_back(filter);
  return out;
}

// MQTT 5, 3.3.1.3 and 3.8.3.1
void Session::send_retained(const std::vector<Granted>& granted) {
  const Timestamp now = system_clock().now();
  std::vector<std::shared_ptr<const Message>> found;
  for (const Granted& one : granted) {
    const auto& [filter, wanted] = one.stored;
    if (!filter.group.empty()) continue;  // 4.8.2: a shared subscription gets none
    if (one.handling == RetainHandling::do_not_send) continue;
    if (one.handling == RetainHandling::send_if_new && !one.fresh) continue;
    found.clear();
    topics().retained.match(filter.filter, now, found);
    Target target;
    target.hearer = hearer_;
    target.qos = wanted.qos;
    target.by_alias = wanted.by_alias;
    target.retained = true;
    if (wanted.identifier != 0) target.identifiers = {wanted.identifier};
    for (const auto& message : found) {
      if (!lasting_ || std::min(message->qos(), wanted.qos) == QoS::at_most_once) {
        deliver(message, target);
      } else {
        submit([message, target](StateWork& work) { return work.enqueue(message, {target}); });
      }
    }
  }
}

Result<void> Session::on_unsubscribe(const wire::mqtt::Unsubscribe& unsubscribe) {
  std::vector<ReasonCode> reasons;
  std::vector<Filter> removed;
  for (const auto written : unsubscribe.filters) {
    TRY(auto filter, own_filter(written));
    const bool had = std::erase(filters_, filter) > 0;
    reasons.push_back(had ? ReasonCode::success : ReasonCode::no_subscription_existed);
    if (!had) continue;
    topics().routes.unsubscribe(filter, hearer_);
    removed.push_back(std::move(filter));
  }
  auto answer = [identifier = unsubscribe.packet_identifier, reasons = std::move(reasons)](Session& session,
                                                                                           Result<void> stored) {
    if (session.state_ != State::online) return;
    if (!stored)
      return session.end(ReasonCode::implementation_specific_error, "state-failed",
                         "the end of the subscription could not be kept");
    wire::mqtt::Unsuback unsuback;
    unsuback.packet_identifier = identifier;
    unsuback.reasons = reasons;
    session.send(unsuback);
  };
  if (!lasting_ || removed.empty()) {
    answer(*this, {});
    return {};
  }
  submit(
      [id = lasting_->id, removed](StateWork& work) -> Result<void> {
        for (const Filter& filter : removed) CHECK(work.tables.unsubscribe(id, filter));
        return {};
      },
      std::move(answer));
  return {};
}

void Session::drop_subscriptions() {
  for (const Filter& filter : filters_) topics().routes.unsubscribe(filter, hearer_);
  filters_.clear();
}

}  // namespace outrider::gateway::mqtt
