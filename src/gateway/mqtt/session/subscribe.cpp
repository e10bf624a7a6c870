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
  std::size_t bytes = 0;
  for (const auto& subscription : subscribe.subscriptions) bytes += subscription.filter.size();
  spend(bytes, subscribe.subscriptions.size());
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
  store_subscriptions(
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
  for (const Granted& one : granted) {
    const auto& [filter, wanted] = one.stored;
    if (!filter.group.empty()) continue;  // 4.8.2: a shared subscription gets none
    if (one.handling == RetainHandling::do_not_send) continue;
    if (one.handling == RetainHandling::send_if_new && !one.fresh) continue;
    Target target;
    target.hearer = hearer_;
    target.qos = wanted.qos;
    target.by_alias = wanted.by_alias;
    target.retained = true;
    if (wanted.identifier != 0) target.identifiers = {wanted.identifier};
    if (!retained_) retained_ = std::make_unique<RetainedLoad>();
    retained_->left.push_back({filter, std::move(target), {}});
  }
  pump_outbox();
}

// However many there are, no more than a page of them waits.
bool Session::load_retained() {
  const std::size_t page = hub_.limits().state.page_rows;
  if (state_ != State::online || !retained_ || retained_->storing || (lasting_ && lasting_->behind)) return false;
  if (outbox_ && outbox_->waiting() > page / 2) return false;
  if (retained_->left.empty()) {
    retained_.reset();
    return false;
  }
  auto& next = retained_->left.front();
  std::vector<std::shared_ptr<const Message>> found;
  const bool more = topics().retained.match(next.filter.filter, next.after, page, system_clock().now(), found);
  if (!found.empty()) next.after = found.back()->topic();
  const Target target = next.target;
  if (!more) retained_->left.pop_front();
  std::vector<std::shared_ptr<const Message>> stored;
  for (const auto& message : found) {
    const QoS qos = std::min(message->qos(), target.qos);
    if (lasting_ && qos != QoS::at_most_once) {
      stored.push_back(message);
      continue;
    }
    Outbox::Item item;
    item.row = {0, message, qos, true, target.by_alias, false, {}, target.identifiers};
    push(std::move(item));
  }
  if (stored.empty()) return true;
  retained_->storing = true;
  submit(
      [stored = std::move(stored), target](StateWork& work) -> Result<void> {
        for (const auto& message : stored) CHECK(work.enqueue(message, {target}));
        return {};
      },
      [](Session& session, Result<void> done) {
        session.retained_->storing = false;
        if (session.state_ != State::online) return;
        if (!done) return session.end(ReasonCode::implementation_specific_error, "state-failed", done.error().detail);
        session.pump_outbox();
      });
  return true;
}

Result<void> Session::on_unsubscribe(const wire::mqtt::Unsubscribe& unsubscribe) {
  std::vector<ReasonCode> reasons;
  std::vector<Filter> removed;
  std::size_t bytes = 0;
  for (const auto written : unsubscribe.filters) bytes += written.size();
  spend(bytes, unsubscribe.filters.size());
  for (const auto written : unsubscribe.filters) {
    TRY(auto filter, own_filter(written));
    const bool had = std::erase(filters_, filter) > 0;
    reasons.push_back(had ? ReasonCode::success : ReasonCode::no_subscription_existed);
    if (!had) continue;
    topics().routes.unsubscribe(filter, hearer_);
    if (retained_) std::erase_if(retained_->left, [&](const auto& cursor) { return cursor.filter == filter; });
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
  store_subscriptions(
      [id = lasting_->id, removed](StateWork& work) -> Result<void> {
        for (const Filter& filter : removed) CHECK(work.tables.unsubscribe(id, filter));
        return {};
      },
      std::move(answer));
  return {};
}

// Nothing more is read while many wait: the store is everybody's.
void Session::store_subscriptions(StateStore::Do work, Then answer) {
  ++subscribes_pending_;
  update_reading();
  request(std::move(work), [answer = std::move(answer)](Session& session, Result<void> stored) mutable {
    --session.subscribes_pending_;
    if (session.state_ == State::online) session.update_reading();
    answer(session, std::move(stored));
  });
}

void Session::drop_subscriptions() {
  for (const Filter& filter : filters_) topics().routes.unsubscribe(filter, hearer_);
  filters_.clear();
}

}  // namespace outrider::gateway::mqtt
