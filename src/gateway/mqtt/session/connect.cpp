// CONNECT: who is it, and may it have what it asks for?
#include <fmt/format.h>

#include "crypto/random.h"
#include "gateway/admission/peer.h"
#include "gateway/mqtt/session/send.h"
#include "identity/enrolment/device_name.h"
#include "net/tls/handshake.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::Connack;
using wire::mqtt::Connect;
using wire::mqtt::ReasonCode;
using wire::mqtt::Version;

namespace {

constexpr std::size_t assigned_id_random_bytes = 8;
constexpr std::uint8_t level_of_v5 = 5;

}  // namespace

Result<void> Session::take_connect_frame(ByteView frame) {
  // MQTT 5, 3.1.0-1; a stranger that begins otherwise gets no answer.
  if (wire::mqtt::type_of_frame(frame) != wire::mqtt::PacketType::connect) {
    refuse("connect", "", "no-connect", "the first packet is not CONNECT");
    state_ = State::ending;
    stream_.close();
    return {};
  }
  // In which version to refuse, if it comes to that.
  version_said_ = true;
  version_ = wire::mqtt::protocol_level_of(frame).value_or(0) < level_of_v5 ? Version::v3_1_1 : Version::v5;
  TRY(const auto packet, wire::mqtt::decode(frame, version_));
  on_connect(std::get<Connect>(packet));
  return {};
}

void Session::on_connect(const Connect& connect) {
  version_ = connect.version;
  const auto& asked = connect.properties;
  wants_reasons_ = asked.request_problem_information.value_or(true);
  peer_receive_maximum_ = asked.receive_maximum.value_or(UINT16_MAX);
  peer_packet_bytes_max_ = asked.maximum_packet_size.value_or(UINT32_MAX);
  peer_alias_maximum_ = std::min(asked.topic_alias_maximum.value_or(0), hub_.limits().topic_alias_maximum);
  if (stranger_) return refuse_connect(ReasonCode::not_authorized, stranger_->reason, stranger_->detail);
  // The one word for "later" that clients of each version know.
  if (hub_.shared().held_bytes() > hub_.limits().held_bytes_max) {
    return refuse_connect(is_v5() ? ReasonCode::server_busy : ReasonCode::server_unavailable, "too-much-held",
                          "the server waits for slow readers; come back in a minute");
  }

  auto admission =
      hub_.shared().rooms.admit({fleet_, device_, serial_, spki_sha256_, arrival_.origin, net::text_of(arrival_.peer)});
  std::string().swap(spki_sha256_);
  if (!admission) {
    const Error& error = admission.error();
    const ReasonCode reason =
        error.code == Errc::unavailable ? ReasonCode::server_unavailable : ReasonCode::not_authorized;
    if (error.code != Errc::unavailable) forget_tickets();
    return refuse_connect(reason, error.reason, error.detail);
  }
  device_ = std::move(admission->principal);
  rights_ = std::move(admission->rights);
  joining_ = std::make_unique<Joining>();
  if (const auto checked = check_connect(connect); !checked) {
    const ReasonCode reason = wire::mqtt::reason_code_of(checked.error());
    return refuse_connect(reason, checked.error().reason, checked.error().detail);
  }
  join();
}

void Session::reconsider() {
  if (state_ != State::online && state_ != State::joining) return;
  auto admission = hub_.shared().rooms.admit({fleet_, device_, serial_, {}, arrival_.origin, {}});
  if (!admission) {
    const Error& error = admission.error();
    if (error.code == Errc::unavailable) return;  // not a word about this client
    refuse("connect", client_id_, error.reason, error.detail);
    forget_tickets();
    return expel(error.reason);
  }
  rights_ = std::move(admission->rights);
  rates_.clear();  // counted by rules of the earlier rights
}

void Session::forget_tickets() const {
  hub_.shared().tls->forget(admission::ticket_owner(fleet_, device_), serial_);
}

bool Session::record_claims() {
  const net::tls::Shown* const shown = stream_.shown();
  if (shown == nullptr) return false;
  if (const auto owner = admission::decode_tag(shown->ticket_tag)) {
    const auto admitted =
        hub_.shared().rooms.admit({owner->fleet, owner->device, owner->serial, {}, arrival_.origin, {}});
    // A client that still has the ticket of an identity which it has replaced itself is only untidy.
    if (!admitted && admitted.error().code != Errc::unavailable && admitted.error().reason != "identity-superseded")
      refuse_claim(*owner, "ticket-revoked", "a ticket that had been taken back: " + admitted.error().detail);
  }
  if (shown->certificate.empty()) return false;
  const auto claimed = identity::identify(shown->certificate);
  if (!claimed) return false;
  // Anybody can write any name into a certificate: only those that exist are worth an entry in their fleet's log.
  const auto admitted = hub_.shared().rooms.admit({claimed->fleet, claimed->device, claimed->serial, {}, {}, {}});
  const bool known =
      admitted || (admitted.error().reason != "unknown-fleet" && admitted.error().reason != "unknown-device" &&
                   admitted.error().reason != "unknown-application" && admitted.error().code != Errc::unavailable);
  if (known)
    refuse_claim(*claimed, "certificate-untrusted", "a certificate in its name that no authority of the fleet signed");
  return known;
}

void Session::refuse_claim(const identity::ClientIdentity& claimed, const std::string& rule,
                           const std::string& detail) {
  Refusal refusal;
  refusal.at = system_clock().now();
  refusal.fleet = claimed.fleet.value;
  refusal.device = claimed.device.value;
  refusal.action = "connect";
  refusal.rule = rule;
  refusal.detail = clip(detail);
  refusal.address = net::text_of(arrival_.peer);
  hub_.refusals().refuse(std::move(refusal), std::chrono::steady_clock::now());
}

Result<void> Session::check_connect(const Connect& connect) {
  if (connect.properties.authentication_method)  // MQTT 5, 4.12.0-1
    return wire::mqtt::refuse(ReasonCode::bad_authentication_method, "the certificate is the authentication");
  TRY(client_id_, choose_client_id(connect));
  TRY(joining_->will, take_will(connect));
  joining_->assigned = connect.client_identifier.empty();
  joining_->clean_start = connect.clean_start;
  joining_->keep_alive = connect.keep_alive;
  joining_->wants_response_information = connect.properties.request_response_information.value_or(false);
  const std::uint32_t longest = hub_.limits().session_expiry_max;
  if (is_v5()) {
    joining_->requested_expiry = connect.properties.session_expiry_interval.value_or(0);
    joining_->expiry = std::min(*joining_->requested_expiry, longest);
  } else {  // MQTT 3.1.1, 3.1.2.4: kept until it is cleaned; here as long as we keep any
    joining_->expiry = connect.clean_start ? 0 : longest;
  }
  return {};
}

Result<std::string> Session::choose_client_id(const Connect& connect) {
  const auto id = connect.client_identifier;
  const auto root = rights_->client_id_root();
  if (id.empty()) {
    // MQTT 3.1.1, 3.1.3-8: only a clean session can do without an identifier.
    if (!is_v5() && !connect.clean_start)
      return wire::mqtt::refuse(ReasonCode::client_identifier_not_valid, "a lasting session needs a client identifier");
    const std::string random = hex(crypto::random_bytes(assigned_id_random_bytes));
    return root.empty() ? random : std::string(root) + "/" + random;
  }
  const bool own = root.empty() || id == root || (id.starts_with(root) && id.substr(root.size()).starts_with('/'));
  if (!own || id.size() > hub_.limits().client_id_bytes_max) {
    client_id_ = clip(id);  // the record says whose it wanted
    return wire::mqtt::refuse(
        ReasonCode::client_identifier_not_valid,
        root.empty() ? fmt::format("a client identifier has at most {} bytes", hub_.limits().client_id_bytes_max)
                     : fmt::format("the client identifier must be '{0}' or begin with '{0}/', with at most {1} bytes",
                                   root, hub_.limits().client_id_bytes_max));
  }
  return std::string(id);
}

// It is judged now, while there is somebody to tell.
Result<std::shared_ptr<LeftWill>> Session::take_will(const Connect& connect) {
  if (!connect.will) return std::shared_ptr<LeftWill>{};
  const wire::mqtt::Will& will = *connect.will;
  std::string scratch;
  const auto topic = canonical(rights_->root(), will.topic, scratch).topic;
  const auto rule = rights_->may_leave_will(topic);
  if (!rule) return fail(rule.error().code, rule.error().reason, "will: " + clip(rule.error().detail));
  CHECK(wire::mqtt::check_topic_name_limits(topic));
  if (will.payload.size() > std::min(hub_.limits().will_bytes_max, rule->bytes_max))
    return wire::mqtt::refuse(ReasonCode::packet_too_large, "will: too large");
  if (will.retain && !will.payload.empty()) {
    if (const auto room = topics().retained.check(topic, will.payload.size()); !room)
      return wire::mqtt::refuse(ReasonCode::quota_exceeded, "will: " + room.error().detail);
  }
  auto left = std::make_shared<LeftWill>();
  const Timestamp now = system_clock().now();
  auto report = rights_->judge(*rule, topic, will.payload, will.properties.content_type, now);
  if (!report) return wire::mqtt::refuse(ReasonCode::payload_format_invalid, "will: " + report.error().detail);
  left->report = *std::move(report);
  wire::mqtt::Publish publish;
  publish.qos = will.qos;
  publish.retain = will.retain;
  publish.payload = will.payload;
  publish.properties = will.properties;
  publish.properties.will_delay_interval.reset();
  TRY(left->message, make_message(fleet_, device_, now, topic, publish));
  left->message->from = id_;
  left->delay = will.properties.will_delay_interval.value_or(0);
  return left;
}

void Session::refuse_connect(ReasonCode reason, const std::string& rule, const std::string& detail) {
  refuse("connect", client_id_, rule, detail);
  // MQTT 3.1.1 has no answer for what it does not know; the connection just ends (3.1.4-1).
  const bool has_code = (is_v5() && version_said_) || reason == ReasonCode::unsupported_protocol_version ||
                        reason == ReasonCode::client_identifier_not_valid || reason == ReasonCode::server_unavailable ||
                        reason == ReasonCode::not_authorized || reason == ReasonCode::bad_authentication_method;
  if (has_code) {
    Connack packet;
    packet.reason = reason;
    if (is_v5() && !detail.empty()) packet.properties.reason_string = detail;
    send(packet);
  }
  state_ = State::ending;
  stream_.close();
}

}  // namespace outrider::gateway::mqtt
