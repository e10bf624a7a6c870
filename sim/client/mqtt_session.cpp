#include "sim/client/mqtt_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/mqtt/codec.h"

namespace outrider::sim {

using namespace wire::mqtt;

namespace {

constexpr std::uint16_t receive_maximum = 16;  // commands and configuration come one at a time

std::string told(const Properties& properties, std::string_view otherwise) {
  return std::string(properties.reason_string.value_or(otherwise));
}

}  // namespace

Result<void> MqttSession::open(Bytes& out) {
  frames_ = FrameSplitter(settings_.packet_bytes_max);
  state_ = State::connecting;
  pinged_ = false;
  keep_alive_s_ = settings_.keep_alive_s;
  subscribing_ = 0;
  for (Held& report : held_) {
    report.offered = report.offered || report.sent;
    report.sent = false;
  }
  Connect packet{.version = settings_.version,
                 .clean_start = settings_.session_expiry_s == 0,
                 .keep_alive = settings_.keep_alive_s};
  if (settings_.version == Version::v5 && settings_.session_expiry_s != 0)
    packet.properties.session_expiry_interval = settings_.session_expiry_s;
  packet.client_identifier = device_;
  packet.properties.receive_maximum = receive_maximum;
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
  if (const auto* pubrec = std::get_if<Pubrec>(&packet)) return take_pubrec(*pubrec, events, out);
  if (const auto* pubcomp = std::get_if<Pubcomp>(&packet)) return take_pubcomp(*pubcomp, out);
  if (const auto* pubrel = std::get_if<Pubrel>(&packet)) return take_pubrel(*pubrel, out);
  if (const auto* suback = std::get_if<Suback>(&packet)) return take_suback(*suback);
  if (const auto* publish_in = std::get_if<Publish>(&packet)) return take_publish(*publish_in, events, out);
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
  if (packet.session_present && settings_.session_expiry_s == 0)
    return refuse(ReasonCode::protocol_error, "CONNACK speaks of a session after Clean Start");
  if (settings_.qos > packet.properties.maximum_qos.value_or(QoS::exactly_once)) {
    return refuse(ReasonCode::qos_not_supported, "the server takes QoS 0 only");
  }
  inflight_limit_ =
      std::min<std::size_t>(settings_.inflight_max, packet.properties.receive_maximum.value_or(UINT16_MAX));
  packet_bytes_limit_ = packet.properties.maximum_packet_size.value_or(0);
  keep_alive_s_ = packet.properties.server_keep_alive.value_or(settings_.keep_alive_s);
  state_ = State::connected;
  if (!packet.session_present) {
    // What the server had taken by PUBREC it has; the rest is new to it.
    std::erase_if(held_, &Held::released);
    for (Held& report : held_) report.offered = false;
    received_.clear();
    subscribed_ = false;
  }
  if (settings_.subscribe && !subscribed_) CHECK(subscribe(out));
  CHECK(resend(out));
  events.on_connected();
  return {};
}

Held* MqttSession::in_flight(std::uint16_t identifier) {
  const auto found =
      std::ranges::find_if(held_, [&](const Held& h) { return h.sent && h.packet_identifier == identifier; });
  return found == held_.end() ? nullptr : &*found;
}

void MqttSession::settle(const Held& report) {
  held_.erase(held_.begin() + (&report - held_.data()));
}

Result<void> MqttSession::take_puback(const Puback& packet, MqttEvents& events, Bytes& out) {
  Held* const found = settings_.qos == QoS::at_least_once ? in_flight(packet.packet_identifier) : nullptr;
  if (found == nullptr) {
    return refuse(ReasonCode::protocol_error,
                  fmt::format("PUBACK for {}, which is not in flight", packet.packet_identifier));
  }
  const Held report = std::move(*found);
  settle(*found);
  CHECK(resend(out));
  if (is_error(packet.reason)) {
    events.on_report_refused(report, packet.reason, told(packet.properties, name_of(packet.reason)));
  } else {
    events.on_acknowledged(report);
  }
  return {};
}

// MQTT 5, 4.3.3: with PUBREC the server has the report; what remains is to forget the identifier on both sides.
Result<void> MqttSession::take_pubrec(const Pubrec& packet, MqttEvents& events, Bytes& out) {
  Held* const found = settings_.qos == QoS::exactly_once ? in_flight(packet.packet_identifier) : nullptr;
  if (found == nullptr) {
    return refuse(ReasonCode::protocol_error,
                  fmt::format("PUBREC for {}, which is not in flight", packet.packet_identifier));
  }
  if (is_error(packet.reason)) {
    const Held report = std::move(*found);
    settle(*found);
    CHECK(resend(out));
    events.on_report_refused(report, packet.reason, told(packet.properties, name_of(packet.reason)));
    return {};
  }
  if (!found->released) {
    found->released = true;
    events.on_acknowledged(*found);
    found->payload = {};
  }
  return encode(Pubrel{.packet_identifier = packet.packet_identifier}, settings_.version, out);
}

Result<void> MqttSession::take_pubcomp(const Pubcomp& packet, Bytes& out) {
  Held* const found = in_flight(packet.packet_identifier);
  if (found == nullptr || !found->released) {
    return refuse(ReasonCode::protocol_error,
                  fmt::format("PUBCOMP for {}, which is not released", packet.packet_identifier));
  }
  settle(*found);
  return resend(out);
}

Result<void> MqttSession::take_pubrel(const Pubrel& packet, Bytes& out) {
  std::erase(received_, packet.packet_identifier);
  return encode(Pubcomp{.packet_identifier = packet.packet_identifier}, settings_.version, out);
}

Result<void> MqttSession::take_suback(const Suback& packet) {
  if (subscribing_ == 0 || packet.packet_identifier != subscribing_)
    return refuse(ReasonCode::protocol_error, "SUBACK for a SUBSCRIBE that was not sent");
  subscribing_ = 0;
  for (const ReasonCode reason : packet.reasons)
    if (is_error(reason)) return refuse(reason, "SUBSCRIBE refused: " + told(packet.properties, name_of(reason)));
  subscribed_ = true;
  return {};
}

Result<void> MqttSession::subscribe(Bytes& out) {
  subscribing_ = free_identifier();
  Subscribe packet{.packet_identifier = subscribing_};
  for (const std::string_view filter : {"d/me/config", "d/me/command"})
    packet.subscriptions.push_back({.filter = filter, .qos = QoS::at_least_once});
  return encode(packet, settings_.version, out);
}

Result<void> MqttSession::take_publish(const Publish& packet, MqttEvents& events, Bytes& out) {
  // A server may also send what nobody subscribed to but its administrator configured. Take it politely.
  const bool again =
      packet.qos == QoS::exactly_once && std::ranges::find(received_, packet.packet_identifier) != received_.end();
  if (!again) events.on_message(packet.topic, packet.payload);
  if (packet.qos == QoS::at_most_once) return {};
  if (packet.qos == QoS::at_least_once)
    return encode(Puback{.packet_identifier = packet.packet_identifier}, settings_.version, out);
  if (!again) {
    if (received_.size() >= receive_maximum)
      return refuse(ReasonCode::receive_maximum_exceeded, "more QoS 2 messages at once than were allowed");
    received_.push_back(packet.packet_identifier);
  }
  return encode(Pubrec{.packet_identifier = packet.packet_identifier}, settings_.version, out);
}

std::uint16_t MqttSession::free_identifier() {
  do {
    last_identifier_ = static_cast<std::uint16_t>(last_identifier_ == UINT16_MAX ? 1 : last_identifier_ + 1);
  } while (last_identifier_ == subscribing_ ||
           std::ranges::find(held_, last_identifier_, &Held::packet_identifier) != held_.end());
  return last_identifier_;
}

Result<void> MqttSession::append(const Held& report, Bytes& out) {
  const std::string topic = fmt::format("d/{}/{}", device_, report.topic == Topic::event ? "event" : "telemetry");
  if (report.released) return encode(Pubrel{.packet_identifier = report.packet_identifier}, settings_.version, out);
  Publish packet{.dup = report.offered,
                 .qos = settings_.qos,
                 .topic = topic,
                 .packet_identifier = report.packet_identifier,
                 .payload = report.payload};
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

Result<void> MqttSession::publish(Bytes payload, Bytes& out, Topic topic) {
  if (settings_.qos == QoS::at_most_once) return append({.payload = std::move(payload), .topic = topic}, out);
  Held report{.packet_identifier = free_identifier(), .payload = std::move(payload), .topic = topic};
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
