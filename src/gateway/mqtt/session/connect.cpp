// CONNECT and its answer.
#include <fmt/format.h>

#include "crypto/random.h"
#include "facts/facts.h"
#include "gateway/mqtt/session/send.h"
#include "ledger/subject.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::Connack;
using wire::mqtt::Connect;
using wire::mqtt::QoS;
using wire::mqtt::ReasonCode;
using wire::mqtt::Version;

namespace {

constexpr std::size_t assigned_id_random_bytes = 8;
constexpr std::uint8_t level_of_v5 = 5;

}  // namespace

Result<void> Session::take_connect_frame(ByteView frame) {
  // MQTT 5, 3.1-1; a stranger that begins otherwise gets no answer.
  if (wire::mqtt::type_of_frame(frame) != wire::mqtt::PacketType::connect) {
    refuse("connect", "", "no-connect", "the first packet is not CONNECT");
    state_ = State::ending;
    stream_->close();
    return {};
  }
  // In which version to refuse, if it comes to that.
  version_ = wire::mqtt::protocol_level_of(frame).value_or(0) < level_of_v5 ? Version::v3_1_1 : Version::v5;
  TRY(const auto packet, wire::mqtt::decode(frame, version_));
  on_connect(std::get<Connect>(packet));
  return {};
}

void Session::on_connect(const Connect& connect) {
  version_ = connect.version;
  wants_reasons_ = connect.properties.request_problem_information.value_or(true);
  peer_receive_maximum_ = connect.properties.receive_maximum.value_or(UINT16_MAX);
  peer_packet_bytes_max_ = connect.properties.maximum_packet_size.value_or(UINT32_MAX);
  if (stranger_) return refuse_connect(ReasonCode::not_authorized, stranger_->reason, stranger_->detail);

  auto admission = hub_.shared().rooms.admit(
      {fleet_, device_, serial_, spki_sha256_, arrival_.origin, net::text_of(arrival_.peer)});
  std::string().swap(spki_sha256_);
  if (!admission) {
    const Error& error = admission.error();
    const ReasonCode reason =
        error.code == Errc::unavailable ? ReasonCode::server_unavailable : ReasonCode::not_authorized;
    return refuse_connect(reason, error.reason, error.detail);
  }
  device_ = std::move(admission->principal);
  rights_ = std::move(admission->rights);
  if (const auto checked = check_connect(connect); !checked) {
    const ReasonCode reason = wire::mqtt::reason_code_of(checked.error());
    return refuse_connect(reason, std::string(wire::mqtt::name_of(reason)), checked.error().detail);
  }
  welcome(connect, connect.client_identifier.empty());
}

void Session::reconsider() {
  if (state_ != State::online) return;
  auto admission = hub_.shared().rooms.admit({fleet_, device_, serial_, {}, arrival_.origin, {}});
  if (!admission) {
    const Error& error = admission.error();
    if (error.code == Errc::unavailable) return;  // not a word about this client
    refuse("connect", client_id_, error.reason, error.detail);
    return expel(error.reason);
  }
  rights_ = std::move(admission->rights);
  topics_.clear();  // counted by rules of the earlier rights
}

Result<void> Session::check_connect(const Connect& connect) {
  if (connect.properties.authentication_method)
    return wire::mqtt::refuse(ReasonCode::bad_authentication_method, "the certificate is the authentication");
  TRY(client_id_, choose_client_id(connect));
  return keep_will(connect);
}

Result<std::string> Session::choose_client_id(const Connect& connect) const {
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
    return wire::mqtt::refuse(ReasonCode::client_identifier_not_valid,
                              fmt::format("the client identifier must be '{0}' or begin with '{0}/'", root));
  }
  return std::string(id);
}

Result<void> Session::keep_will(const Connect& connect) {
  if (!connect.will) return {};
  const wire::mqtt::Will& will = *connect.will;
  if (will.qos == QoS::exactly_once)
    return wire::mqtt::refuse(ReasonCode::qos_not_supported, "will: QoS 2 is not available");
  // MQTT 5, 3.2.2-13. A 3.1.1 client cannot know; its will is published without being retained.
  if (will.retain && is_v5())
    return wire::mqtt::refuse(ReasonCode::retain_not_supported, "will: retained messages are not available");
  std::string scratch;
  const auto topic = canonical(rights_->root(), will.topic, scratch).topic;
  if (!rights_->may_publish(topic))
    return wire::mqtt::refuse(ReasonCode::not_authorized, "will: topic '" + clip(will.topic) + "' is not granted");
  if (will.payload.size() > hub_.limits().will_bytes_max)
    return wire::mqtt::refuse(ReasonCode::packet_too_large, "will: too large");
  will_ = std::make_unique<KeptWill>();
  will_->topic = topic;
  will_->payload = to_bytes(will.payload);
  if (will.properties.content_type) will_->content_type = std::string(*will.properties.content_type);
  return {};
}

void Session::welcome(const Connect& connect, bool assigned) {
  const Limits& limits = hub_.limits();
  state_ = State::online;
  splitter_.set_limit(limits.packet_bytes_max);
  // Admission above and registration here are one step of this loop: see Broker::expel.
  const auto earlier = hub_.shared().directory.claim(fleet_, client_id_, {hub_.loop().index(), id_});
  hub_.came_online(*this);
  if (earlier) {
    auto hub = hub_.shared().hubs.at(earlier->loop);
    hub->loop().post([hub, session = earlier->session] { hub->take_over(session); });
  }
  record_opened();

  keep_alive_ = connect.keep_alive;
  const bool too_long = keep_alive_ == 0 || keep_alive_ > limits.keep_alive_max;
  Connack connack;
  if (is_v5()) {
    auto& properties = connack.properties;
    if (too_long) properties.server_keep_alive = keep_alive_ = limits.keep_alive_max;
    if (assigned) properties.assigned_client_identifier = client_id_;
    if (connect.properties.session_expiry_interval.value_or(0) != 0) properties.session_expiry_interval = 0;
    properties.receive_maximum = limits.receive_maximum;
    properties.maximum_qos = QoS::at_least_once;
    properties.retain_available = false;
    properties.maximum_packet_size = static_cast<std::uint32_t>(limits.packet_bytes_max);
    properties.subscription_identifiers_available = false;
    properties.shared_subscription_available = false;
  }
  send(connack);
  if (keep_alive_ != 0) wake_at(last_heard_ + keep_alive_ * limits.second * 3 / 2);
}

void Session::record_opened() {
  facts::SessionOpened fact;
  fact.device = device_;
  fact.session = hub_.shared().instance + "-" + std::to_string(id_);
  fact.protocol = "mqtt/" + std::string(wire::mqtt::name_of(version_));
  fact.client_id = client_id_;
  fact.address = net::text_of(arrival_.peer);
  const admission::Origin& origin = arrival_.origin;
  if (origin.network != nullptr) fact.network = origin.network->name;
  fact.network_kind = word_of(origin.kind());
  fact.country = origin.country();
  fact.asn = origin.asn();
  fact.certificate_serial = serial_;
  fact.tls = stream_->version() + " " + stream_->cipher();
  hub_.append(ledger::draft_of(fleet_, ledger::subject_of(device_), fact), id_, 0, false);
}

void Session::refuse_connect(ReasonCode reason, const std::string& rule, const std::string& detail) {
  refuse("connect", client_id_, rule, detail);
  // MQTT 3.1.1 has no answer for what it does not know; the connection just ends (3.1.4-1).
  const bool has_code = is_v5() || reason == ReasonCode::unsupported_protocol_version ||
                        reason == ReasonCode::client_identifier_not_valid || reason == ReasonCode::server_unavailable ||
                        reason == ReasonCode::not_authorized || reason == ReasonCode::bad_authentication_method;
  if (has_code) {
    Connack connack;
    connack.reason = reason;
    if (is_v5() && !detail.empty()) connack.properties.reason_string = detail;
    send(connack);
  }
  state_ = State::ending;
  stream_->close();
}

}  // namespace outrider::gateway::mqtt
