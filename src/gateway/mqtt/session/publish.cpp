// PUBLISH: judged, handed to the ledger, acknowledged once durable.
//
// What MQTT 3.1.1 cannot say: it has no way to refuse a PUBLISH, only to acknowledge it or to close the connection
// (3.3.5-2). A report that is malformed is acknowledged, because its refusal is recorded durably and sending it again
// would not mend it. One that is forbidden, or that the ledger did not take, is never acknowledged: the connection is
// closed (docs/decisions/0020-mqtt-refusals.md).
#include <fmt/format.h>

#include "facts/facts.h"
#include "gateway/mqtt/session/send.h"
#include "ledger/subject.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::Publish;
using wire::mqtt::QoS;
using wire::mqtt::ReasonCode;

namespace {

constexpr std::size_t evidence_bytes = 256;  // of a refused report: enough to see what it was

}  // namespace

Result<void> Session::on_publish(const Publish& publish) {
  ++hub_.shared().received;
  if (publish.qos == QoS::exactly_once)
    return wire::mqtt::refuse(ReasonCode::qos_not_supported, "QoS 2 is not available");
  if (publish.retain && is_v5())
    return wire::mqtt::refuse(ReasonCode::retain_not_supported, "retained messages are not available");
  if (publish.properties.topic_alias)
    return wire::mqtt::refuse(ReasonCode::topic_alias_invalid, "Topic Alias Maximum is 0");
  if (publish.qos == QoS::at_least_once) {
    if (acks_.holds(publish.packet_identifier))
      return wire::mqtt::refuse(ReasonCode::protocol_error, "packet identifier in use");
    if (is_v5() && acks_.in_flight() >= hub_.limits().receive_maximum)
      return wire::mqtt::refuse(ReasonCode::receive_maximum_exceeded,
                                "more unacknowledged messages than Receive Maximum");
  }
  spend(publish.payload.size() + publish.topic.size());

  std::string scratch;
  const auto topic = canonical(rights_->root(), publish.topic, scratch).topic;
  const auto rule = check_rights(publish, topic);
  if (!rule) {
    refuse_publish(publish, rule.error());
    return {};
  }
  auto draft = draft_report(*rule, topic, publish.payload, publish.properties.content_type);
  if (draft) {
    accept_report(publish, topic, *std::move(draft));
  } else {
    refuse_report(publish, draft.error());
  }
  return {};
}

// Whether the device may say anything there now. The Error's reason is the rule that refused.
Result<PublishRule> Session::check_rights(const Publish& publish, std::string_view topic) {
  TRY(const auto rule, rights_->may_publish(topic));
  const std::size_t bytes_max = std::min(rule.bytes_max, ledger::payload_bytes_max);
  if (publish.payload.size() > bytes_max)
    return fail(Errc::too_large, "payload-too-large",
                fmt::format("'{}' carries at most {} bytes", rule.name, bytes_max));
  if (rule.per_minute_max == 0) return rule;
  if (topics_.empty()) topics_.resize(rights_->rule_count());
  Bucket& bucket = topics_.at(rule.slot);
  if (!bucket.take(last_heard_, 1, rule.per_minute_max / 60.0, rule.per_minute_max))
    return fail(Errc::overloaded, "rate-exceeded",
                fmt::format("'{}' takes {} messages a minute", rule.name, rule.per_minute_max));
  return rule;
}

void Session::refuse_publish(const Publish& publish, const Error& refusal) {
  refuse("publish", publish.topic, refusal.reason, refusal.detail);
  if (publish.qos == QoS::at_most_once) return;  // nobody waits for an answer
  // MQTT 5, 3.4.2.1
  const ReasonCode reason = refusal.code == Errc::forbidden ? ReasonCode::not_authorized : ReasonCode::quota_exceeded;
  if (!is_v5()) return end(reason, refusal.reason, refusal.detail);
  acks_.finish(acks_.begin(publish.packet_identifier, reason, refusal.detail));
  flush();
}

void Session::refuse_report(const Publish& publish, const Error& refusal) {
  facts::ReportRefused fact;
  fact.device = device_;
  fact.topic = clip(publish.topic);
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
  const std::uint64_t sequence =
      publish.qos == QoS::at_most_once ? 0 : acks_.begin(publish.packet_identifier, reason, fact.detail);
  ++appends_pending_;
  hub_.append(ledger::draft_of(fleet_, ledger::subject_of(device_), fact), id_, sequence, true);
  update_reading();
}

Result<ledger::Draft> Session::draft_report(const PublishRule& rule, std::string_view topic, ByteView payload,
                                            std::optional<std::string_view> content_type) const {
  TRY(auto report, rights_->judge(rule, topic, payload, content_type, system_clock().now()));
  ledger::Draft draft;
  draft.kind = static_cast<std::uint16_t>(report.kind);
  draft.fleet = fleet_;
  draft.subject = ledger::subject_of(device_);
  draft.content_type = std::move(report.content_type);
  draft.payload = to_bytes(payload);  // as received: a signature over it stays verifiable
  draft.privacy = report.privacy;
  return draft;
}

void Session::accept_report(const Publish& publish, std::string_view topic, ledger::Draft draft) {
  auto message = std::make_shared<const Message>(Message{fleet_, std::string(topic), draft.payload,
                                                         std::string(publish.properties.content_type.value_or("")),
                                                         publish.qos, id_});
  const std::uint64_t sequence =
      publish.qos == QoS::at_most_once ? 0 : acks_.begin(publish.packet_identifier, ReasonCode::success, {});
  ++appends_pending_;
  hub_.append(std::move(draft), id_, sequence, true, std::move(message));
  update_reading();
}

void Session::complete(Completion completion) {
  if (completion.report) --appends_pending_;
  if (state_ == State::ending) return;
  if (!completion.error) {
    acks_.finish(completion.sequence);
  } else if (const auto survived = append_failed(completion); !survived) {
    return end(wire::mqtt::reason_code_of(survived.error()), survived.error().reason, survived.error().detail);
  }
  update_reading();
}

// The ledger did not take it: nothing may look as if it had.
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
  acks_.flush([&](std::uint16_t packet_identifier, ReasonCode reason, std::string_view detail) {
    wire::mqtt::Puback packet;
    packet.packet_identifier = packet_identifier;
    packet.reason = reason;
    packet.properties.reason_string = reason_string(detail);
    if (!wire::mqtt::encode(packet, version_, out)) return;
    if (!wire::mqtt::is_error(reason)) ++hub_.shared().acknowledged;
  });
  if (!out.empty()) write(out);
}

// More than its share is read later, not lost: TCP holds the client back.
void Session::spend(std::size_t bytes) {
  const Limits& limits = hub_.limits();
  const auto wait =
      std::max(messages_.spend(last_heard_, 1, limits.publishes_per_second, limits.publish_burst),
               bytes_.spend(last_heard_, static_cast<double>(bytes), limits.bytes_per_second, limits.bytes_burst));
  if (wait.count() == 0) return;
  paused_until_ = last_heard_ + wait;
  wake_at(paused_until_);
  update_reading();
}

void Session::publish_will() {
  const auto will = std::move(will_);
  const auto rule = rights_->may_publish(will->topic);
  const std::optional<std::string_view> content_type =
      will->content_type ? std::optional<std::string_view>(*will->content_type) : std::nullopt;
  if (!rule) return;  // keep_will() saw to that, but grants may be withdrawn
  auto draft = draft_report(*rule, will->topic, will->payload, content_type);
  if (!draft) {
    facts::ReportRefused fact{device_,
                              will->topic,
                              std::string(content_type.value_or("")),
                              draft.error().reason,
                              "will: " + draft.error().detail,
                              {}};
    fact.head.assign(will->payload.begin(), will->payload.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                        will->payload.size(), evidence_bytes)));
    return hub_.record(ledger::draft_of(fleet_, ledger::subject_of(device_), fact));
  }
  auto message = std::make_shared<const Message>(Message{
      fleet_, will->topic, std::move(will->payload), std::string(content_type.value_or("")), QoS::at_least_once, id_});
  hub_.append(*std::move(draft), 0, 0, false, std::move(message));
}

}  // namespace outrider::gateway::mqtt
