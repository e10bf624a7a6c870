// PUBLISH: judged, handed to the ledger, answered once durable.
//
// What MQTT 3.1.1 cannot say: it has no way to refuse a PUBLISH, only to acknowledge it or to close the connection
// (3.3.5-2). A report that is malformed is acknowledged, because its refusal is recorded durably and sending it again
// would not mend it. One that is forbidden, or that the ledger did not take, is never acknowledged: the connection is
// closed (docs/decisions/0020-mqtt-refusals.md).
#include <fmt/format.h>

#include "facts/facts.h"
#include "gateway/mqtt/session/send.h"
#include "ledger/subject.h"
#include "wire/mqtt/topic.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::Publish;
using wire::mqtt::QoS;
using wire::mqtt::ReasonCode;

namespace {

constexpr std::size_t evidence_bytes = 256;  // of a refused report: enough to see what it was

}  // namespace

Result<void> Session::on_publish(const Publish& publish) {
  ++hub_.shared().received;
  if (!publish.properties.subscription_identifiers.empty())  // MQTT 5, 3.3.4-6
    return wire::mqtt::refuse(ReasonCode::protocol_error, "a client does not send a Subscription Identifier");
  TRY(const auto written, resolve_topic(publish));
  if (publish.qos != QoS::at_most_once) {
    if (acks_.holds(publish.packet_identifier))
      return wire::mqtt::refuse(ReasonCode::protocol_error, "packet identifier in use");
    if (is_v5() && unanswered_ >= hub_.limits().receive_maximum)  // MQTT 5, 3.3.4-7
      return wire::mqtt::refuse(ReasonCode::receive_maximum_exceeded,
                                "more unacknowledged messages than Receive Maximum");
    TRY(const bool repeated, is_repeated(publish));
    if (repeated) return {};
    ++unanswered_;
  }
  spend(publish.payload.size() + written.size());

  const auto topic = canonical(rights_->root(), written, hub_.topic_scratch()).topic;
  const auto rule = check_rights(publish, topic);
  if (!rule) {
    refuse_publish(publish, written, rule.error());
    return {};
  }
  const auto report =
      rights_->judge(*rule, topic, publish.payload, publish.properties.content_type, system_clock().now());
  if (report) {
    accept_report(publish, topic, *report);
  } else {
    refuse_report(publish, written, report.error());
  }
  return {};
}

// MQTT 5, 3.3.2.3.4
Result<std::string_view> Session::resolve_topic(const Publish& publish) {
  const auto alias = publish.properties.topic_alias;
  if (!alias) return publish.topic;
  if (*alias == 0 || *alias > hub_.limits().topic_alias_maximum)  // 3.3.2-8, 3.3.2-9
    return wire::mqtt::refuse(ReasonCode::topic_alias_invalid, fmt::format("Topic Alias {}; the maximum is {}", *alias,
                                                                           hub_.limits().topic_alias_maximum));
  if (!aliases_) aliases_ = std::make_unique<Aliases>();
  auto& known = aliases_->from_client;
  if (known.size() < *alias) known.resize(*alias);
  std::string& topic = known[*alias - 1U];
  if (!publish.topic.empty()) topic = publish.topic;
  if (topic.empty())
    return wire::mqtt::refuse(ReasonCode::protocol_error, fmt::format("Topic Alias {} stands for nothing yet", *alias));
  return topic;
}

// Whether the client may say anything there now. The Error's reason is the rule that refused.
Result<PublishRule> Session::check_rights(const Publish& publish, std::string_view topic) {
  TRY(const auto rule, rights_->may_publish(topic));
  if (const auto fits = wire::mqtt::check_topic_name_limits(topic); !fits)
    return fail(Errc::forbidden, "topic-too-long", fits.error().detail);
  const std::size_t bytes_max = std::min(rule.bytes_max, ledger::payload_bytes_max);
  if (publish.payload.size() > bytes_max)
    return fail(Errc::too_large, "payload-too-large",
                fmt::format("'{}' carries at most {} bytes", rule.name, bytes_max));
  // MQTT 5, 3.3.1-6: an empty payload takes no room, it removes.
  if (publish.retain && !publish.payload.empty()) CHECK(topics().retained.check(topic, publish.payload.size()));
  if (rule.per_minute_max == 0) return rule;
  if (rates_.empty()) rates_.resize(rights_->rule_count());
  Bucket& bucket = rates_.at(rule.slot);
  if (!bucket.take(last_heard_, 1, rule.per_minute_max / 60.0, rule.per_minute_max))
    return fail(Errc::overloaded, "rate-exceeded",
                fmt::format("'{}' takes {} messages a minute", rule.name, rule.per_minute_max));
  return rule;
}

// `topic` as the client wrote it, if not now then with the alias.
void Session::refuse_publish(const Publish& publish, std::string_view topic, const Error& refusal) {
  refuse("publish", topic, refusal.reason, refusal.detail);
  if (publish.qos == QoS::at_most_once) return;  // nobody waits for an answer
  // MQTT 5, 3.4.2.1, 3.5.2.1
  const ReasonCode reason = refusal.code == Errc::forbidden ? ReasonCode::not_authorized : ReasonCode::quota_exceeded;
  if (!is_v5()) return end(reason, refusal.reason, refusal.detail);
  acks_.finish(acks_.begin(publish.packet_identifier, publish.qos, reason, clip(refusal.detail)));
  flush();
}

void Session::refuse_report(const Publish& publish, std::string_view topic, const Error& refusal) {
  facts::ReportRefused fact;
  fact.device = device_;
  fact.topic = clip(topic);
  fact.content_type = clip(publish.properties.content_type.value_or(""));
  fact.reason = refusal.reason;
  fact.detail = clip(refusal.detail);
  fact.head = to_bytes(publish.payload.first(std::min(publish.payload.size(), evidence_bytes)));
  Refusal seen;
  seen.at = system_clock().now();
  seen.fleet = fleet_.value;
  seen.device = device_.value;
  seen.action = "report";
  seen.object = fact.topic;
  seen.rule = refusal.reason;
  seen.detail = fact.detail;
  seen.address = net::text_of(arrival_.peer);
  hub_.refusals().count(std::move(seen));

  const ReasonCode reason = is_v5() ? ReasonCode::payload_format_invalid : ReasonCode::success;
  Completion completion;
  if (publish.qos != QoS::at_most_once)
    completion.sequence = acks_.begin(publish.packet_identifier, publish.qos, reason, fact.detail);
  if (publish.qos == QoS::exactly_once) exchanges_->all.push_back({publish.packet_identifier});
  const auto draft = ledger::draft_of(fleet_, ledger::subject_of(device_), fact);
  append_report(ledger::view_of(draft), std::move(completion));
}

// The payload goes in as received: a signature over it stays verifiable.
ledger::DraftView Session::draft_of(const Report& report, ByteView payload) const {
  return {.kind = static_cast<std::uint16_t>(report.kind),
          .fleet = fleet_,
          .subject_kind = ledger::subject_kind_of(device_),
          .subject = facts::plain_name(device_),
          .content_type = report.content_type,
          .payload = payload,
          .privacy = report.privacy};
}

void Session::accept_report(const Publish& publish, std::string_view topic, const Report& report) {
  const bool exchange = publish.qos == QoS::exactly_once;
  Completion completion;
  // Nobody hears most reports: no message is made of them.
  if (publish.retain || topics().routes.heard(topic) || (exchange && lasting_)) {
    auto message = make_message(fleet_, device_, system_clock().now(), topic, publish);
    if (!message) return refuse_publish(publish, topic, message.error());
    (*message)->from = id_;
    (*message)->from_kept = lasting_ ? lasting_->id : 0;
    completion.message = *std::move(message);
  }
  const auto draft = draft_of(report, publish.payload);
  if (publish.qos != QoS::at_most_once)
    completion.sequence = acks_.begin(publish.packet_identifier, publish.qos, ReasonCode::success, {});
  if (exchange) exchanges_->all.push_back({publish.packet_identifier});
  if (exchange && lasting_)
    return begin_exchange(std::move(completion.message), publish.packet_identifier, completion.sequence, draft);
  if (publish.retain && publish.qos == QoS::at_most_once) ++quiet_retains_;
  append_report(draft, std::move(completion));
}

void Session::append_report(const ledger::DraftView& draft, Completion completion) {
  completion.session = id_;
  completion.report = true;
  ++appends_pending_;
  hub_.append(draft, std::move(completion));
  update_reading();
}

void Session::settled() {
  --working_;
  try_let_go();
}

void Session::complete(const Completion& completion) {
  if (completion.report) --appends_pending_;
  if (completion.exchange != 0) --working_;
  if (state_ == State::ending) return try_let_go();
  if (completion.report && completion.sequence == 0 && completion.message && completion.message->retain() &&
      --quiet_retains_ == 0) {
    for (; owed_pings_ != 0; --owed_pings_) send(wire::mqtt::Pingresp{});
  }
  if (!completion.error) {
    acks_.finish(completion.sequence);
  } else if (const auto survived = append_failed(completion); !survived) {
    return end(wire::mqtt::reason_code_of(survived.error()), survived.error().reason, survived.error().detail);
  }
  update_reading();
}

// The ledger or the store did not take it: nothing may look as if it had.
Result<void> Session::append_failed(const Completion& completion) {
  const Error& error = *completion.error;
  refuse(completion.report ? "publish" : "connect", "", "not-durable", error.detail);
  if (!completion.report) return wire::mqtt::refuse(ReasonCode::server_busy, "the session could not be recorded");
  if (completion.sequence == 0) return {};
  const ReasonCode reason =
      error.code == Errc::overloaded ? ReasonCode::quota_exceeded : ReasonCode::implementation_specific_error;
  if (!is_v5()) return wire::mqtt::refuse(reason, "the report could not be made durable");
  acks_.finish(completion.sequence, reason, "the report could not be made durable: " + error.detail);
  return {};
}

void Session::flush() {
  if (state_ == State::ending) return;
  Bytes& out = hub_.scratch();
  acks_.flush([&](const AckQueue::Answer& answer) {
    const bool refused = wire::mqtt::is_error(answer.reason);
    if (answer.qos == QoS::exactly_once) {
      finish_exchange(answer.packet_identifier, answer.reason);
    } else if (unanswered_ != 0) {
      --unanswered_;
    }
    const auto put = [&](auto packet) {
      packet.packet_identifier = answer.packet_identifier;
      packet.reason = answer.reason;
      packet.properties.reason_string = reason_string(answer.detail);
      const std::size_t begin = out.size();
      if (!wire::mqtt::encode(packet, version_, out) || out.size() - begin <= peer_packet_bytes_max_) return;
      out.resize(begin);  // MQTT 5, 3.4.2-2: without the reason string, then
      packet.properties.reason_string.reset();
      static_cast<void>(wire::mqtt::encode(packet, version_, out));
    };
    if (answer.qos == QoS::exactly_once) {
      put(wire::mqtt::Pubrec{});
    } else {
      put(wire::mqtt::Puback{});
    }
    if (!refused) ++hub_.shared().acknowledged;
  });
  if (!out.empty()) write(out);
}

// More than its share is read later, not lost: TCP holds the client back.
void Session::spend(std::size_t bytes, std::size_t messages) {
  const Limits& limits = hub_.limits();
  const auto wait = std::max(
      messages_.spend(last_heard_, static_cast<double>(messages), limits.publishes_per_second, limits.publish_burst),
      bytes_.spend(last_heard_, static_cast<double>(bytes), limits.bytes_per_second, limits.bytes_burst));
  if (wait.count() == 0) return;
  paused_until_ = last_heard_ + wait;
  wake_at(paused_until_);
  update_reading();
}

}  // namespace outrider::gateway::mqtt
