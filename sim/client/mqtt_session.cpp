#include "sim/client/mqtt_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/mqtt/codec.h"

namespace outrider::sim {

using namespace wire::mqtt;

namespace {

std::string told(const Properties& properties, std::string_view otherwise) {
  return std::string(properties.reason_string.value_or(otherwise));
}

}  // namespace

Result<void> MqttSession::open(Bytes& out) {
  frames_ = FrameSplitter(settings_.packet_bytes_max);
  state_ = State::connecting;
  pinged_ = false;
  keep_alive_s_ = settings_.keep_alive_s;
  for (Held& report : held_) report.sent = false;
  Connect packet{.version = settings_.version, .clean_start = true, .keep_alive = settings_.keep_alive_s};
  packet.client_identifier = device_;
  packet.properties.receive_maximum = 16;  // commands and configuration come one at a time
  packet.properties.maximum_packet_size = static_cast<std::uint32_t>(settings_.packet_bytes_max);
  return encode(packet, settings_.version, out);
}

Result<void> MqttSession::receive(ByteView chunk, MqttEvents& events, Bytes& out) {
  auto taken = frames_.feed(chunk, [&](ByteView frame) { return take(frame, events, out); });
  if (!taken) state_ = State::spent;
  return taken;
}

Result<void> MqttSession::take(ByteView frame, MqttEvents& events, Bytes& out) {
  TRY(const Packet packet, decode(frame, settings_.version));
  if (const auto* connack = std::get_if<Connack>(&packet)) return take_connack(*connack, events, out);
  if (state_ != State::connected) return refuse(ReasonCode::protocol_error, "the server's first packet is not CONNACK");
  if (const auto* puback = std::get_if<Puback>(&packet)) return take_puback(*puback, events, out);
  if (const auto* publish_in = std::get_if<Publish>(&packet)) return take_publish(*publish_in, out);
  if (std::holds_alternative<Pingresp>(packet)) {
    pinged_ = false;
    return {};
  }
  if (const auto* goodbye = std::get_if<Disconnect>(&packet)) {
    return refuse(goodbye->reason, "the server disconnects: " + told(goodbye->properties, name_of(goodbye->reason)));
  }
  return refuse(ReasonCode::protocol_error,
                fmt::format("the server sent {}, which nobody asked for", name_of(type_of(packet))));
}

Result<void> MqttSession::take_connack(const Connack& packet, MqttEvents& events, Bytes& out) {
  if (state_ != State::connecting) return refuse(ReasonCode::protocol_error, "a second CONNACK");
  if (packet.reason != ReasonCode::success) {
    const ReasonCode reason = is_error(packet.reason) ? packet.reason : ReasonCode::protocol_error;
    return refuse(reason, "CONNECT refused: " + told(packet.properties, name_of(reason)));
  }
  // MQTT 5, 3.2.2.1.1: there is no session to be present after Clean Start.
  if (packet.session_present)
    return refuse(ReasonCode::protocol_error, "CONNACK speaks of a session after Clean Start");
  if (settings_.qos > packet.properties.maximum_qos.value_or(QoS::exactly_once)) {
    return refuse(ReasonCode::qos_not_supported, "the server takes QoS 0 only");
  }
  inflight_limit_ =
      std::min<std::size_t>(settings_.inflight_max, packet.properties.receive_maximum.value_or(UINT16_MAX));
  packet_bytes_limit_ = packet.properties.maximum_packet_size.value_or(0);
  keep_alive_s_ = packet.properties.server_keep_alive.value_or(settings_.keep_alive_s);
  state_ = State::connected;
  CHECK(resend(out));
  events.on_connected();
  return {};
}

Result<void> MqttSession::take_puback(const Puback& packet, MqttEvents& events, Bytes& out) {
  const auto found = std::ranges::find_if(
      held_, [&](const Held& h) { return h.sent && h.packet_identifier == packet.packet_identifier; });
  if (found == held_.end()) {
    return refuse(ReasonCode::protocol_error,
                  fmt::format("PUBACK for {}, which is not in flight", packet.packet_identifier));
  }
  const Held report = std::move(*found);
  held_.erase(found);
  CHECK(resend(out));
  if (is_error(packet.reason)) {
    events.on_report_refused(report, packet.reason, told(packet.properties, name_of(packet.reason)));
  } else {
    events.on_acknowledged(report);
  }
  return {};
}

Result<void> MqttSession::take_publish(const Publish& packet, Bytes& out) {
  // Nothing is subscribed to; a server may still send what its administrator configured. Take it politely.
  if (packet.qos == QoS::at_most_once) return {};
  if (packet.qos == QoS::exactly_once) return refuse(ReasonCode::qos_not_supported, "the server sent QoS 2");
  return encode(Puback{.packet_identifier = packet.packet_identifier}, settings_.version, out);
}

std::uint16_t MqttSession::free_identifier() {
  do {
    last_identifier_ = static_cast<std::uint16_t>(last_identifier_ == UINT16_MAX ? 1 : last_identifier_ + 1);
  } while (std::ranges::find(held_, last_identifier_, &Held::packet_identifier) != held_.end());
  return last_identifier_;
}

Result<void> MqttSession::append(const Held& report, Bytes& out) {
  const std::string topic = fmt::format("d/{}/telemetry", device_);
  Publish packet{
      .qos = settings_.qos, .topic = topic, .packet_identifier = report.packet_identifier, .payload = report.payload};
  if (settings_.version == Version::v5) packet.properties.content_type = settings_.content_type;
  const std::size_t before = out.size();
  CHECK(encode(packet, settings_.version, out));
  if (packet_bytes_limit_ != 0 && out.size() - before > packet_bytes_limit_) {
    const std::size_t bytes = out.size() - before;
    out.resize(before);
    return refuse(
        ReasonCode::packet_too_large,
        fmt::format("a report of {} bytes; the server takes packets of at most {}", bytes, packet_bytes_limit_));
  }
  return {};
}

Result<void> MqttSession::publish(Bytes payload, Bytes& out) {
  if (settings_.qos == QoS::at_most_once) return append({.payload = std::move(payload)}, out);
  Held report{.packet_identifier = free_identifier(), .payload = std::move(payload)};
  CHECK(append(report, out));
  held_.push_back(std::move(report));
  return {};
}

Result<void> MqttSession::resend(Bytes& out) {
  auto in_flight = static_cast<std::size_t>(std::ranges::count(held_, true, &Held::sent));
  for (Held& report : held_) {
    if (in_flight >= inflight_limit_) break;
    if (report.sent) continue;
    CHECK(append(report, out));
    report.sent = true;
    ++in_flight;
  }
  return {};
}

void MqttSession::ping(Bytes& out) {
  // Encoding a packet without fields cannot fail.
  if (encode(Pingreq{}, settings_.version, out)) pinged_ = true;
}

void MqttSession::disconnect(Bytes& out) {
  state_ = State::spent;
  (void)encode(Disconnect{}, settings_.version, out);
}

}  // namespace outrider::sim
