#include <utility>

#include <fmt/format.h>

#include "wire/mqtt/codec.h"
#include "wire/mqtt/detail/fields.h"
#include "wire/mqtt/detail/properties.h"
#include "wire/mqtt/frame.h"
#include "wire/mqtt/topic.h"

namespace outrider::wire::mqtt {
namespace {

using detail::malformed;
using detail::protocol_error;
using detail::read_binary;
using detail::read_packet_identifier;
using detail::read_string;

// What every decoder below gets: the bytes after the fixed header, and what the header said.
struct Body {
  ByteReader in;
  Version version;
  unsigned flags;

  bool v5() const { return version == Version::v5; }
  Result<Properties> properties(detail::Carriers carrier) {
    if (!v5()) return Properties{};
    return detail::read_properties(in, carrier);
  }
};

Result<ReasonCode> read_reason(ByteReader& in, PacketType type) {
  TRY(const std::uint8_t byte, in.u8());
  const auto code = static_cast<ReasonCode>(byte);
  // MQTT 5, 3.2.2-8, 3.4.2-1, 3.5.2-1, 3.6.2-1, 3.7.2-1, 3.9.3-2, 3.11.3-2, 3.14.2-1, 3.15.2-1
  if (!detail::may_carry(type, code)) {
    return protocol_error(fmt::format("reason code {:#04x} does not belong in {}", byte, name_of(type)));
  }
  return code;
}

Result<QoS> qos_of(unsigned bits) {
  if (bits > 2) return malformed("QoS 3");  // MQTT 5, 3.1.2-12, 3.3.1-4
  return static_cast<QoS>(bits);
}

// The bits of the Connect Flags byte (MQTT 5, 3.1.2.3).
struct ConnectFlags {
  unsigned bits;
  bool reserved() const { return (bits & 1U) != 0; }
  bool clean_start() const { return (bits & 2U) != 0; }
  bool will() const { return (bits & 4U) != 0; }
  unsigned will_qos() const { return bits >> 3U & 3U; }
  bool will_retain() const { return (bits & 32U) != 0; }
  bool password() const { return (bits & 64U) != 0; }
  bool user_name() const { return (bits & 128U) != 0; }

  Result<void> check(Version version) const {
    if (reserved()) return malformed("reserved bit of the Connect Flags is set");  // MQTT 5, 3.1.2-3
    if (!will() && (will_qos() != 0 || will_retain())) {
      return malformed("Will QoS or Will Retain without Will Flag");  // MQTT 5, 3.1.2-11, 3.1.2-13
    }
    if (version == Version::v3_1_1 && password() && !user_name()) {
      return malformed("Password without User Name");  // MQTT 3.1.1, 3.1.2-22
    }
    return {};
  }
};

Result<Will> read_will(Body& body, ConnectFlags flags) {
  Will will;
  will.retain = flags.will_retain();
  TRY(will.qos, qos_of(flags.will_qos()));
  TRY(will.properties, body.properties(detail::in_will));
  TRY(will.topic, read_string(body.in, "Will Topic"));
  CHECK(check_topic_name(will.topic));
  TRY(will.payload, read_binary(body.in));
  return will;
}

Result<Packet> decode_connect(Body& body) {
  ByteReader& in = body.in;
  TRY(const ByteView protocol, read_binary(in));
  if (as_text(protocol) != "MQTT") {
    return refuse(ReasonCode::unsupported_protocol_version, "the protocol name is not \"MQTT\"");  // MQTT 5, 3.1.2-1
  }
  TRY(const std::uint8_t level, in.u8());
  if (level != 4 && level != 5) {  // MQTT 5, 3.1.2-2
    return refuse(ReasonCode::unsupported_protocol_version,
                  fmt::format("protocol level {}; 4 (MQTT 3.1.1) and 5 (MQTT 5.0) are spoken here", level));
  }
  Connect packet;
  packet.version = body.version = static_cast<Version>(level);
  TRY(const std::uint8_t bits, in.u8());
  const ConnectFlags flags{bits};
  CHECK(flags.check(body.version));
  packet.clean_start = flags.clean_start();
  TRY(packet.keep_alive, in.u16());
  TRY(packet.properties, body.properties(detail::in(PacketType::connect)));
  TRY(packet.client_identifier, read_string(in, "Client Identifier"));
  if (!body.v5() && packet.client_identifier.empty() && !packet.clean_start) {  // MQTT 3.1.1, 3.1.3-8
    return refuse(ReasonCode::client_identifier_not_valid, "an empty Client Identifier needs Clean Session");
  }
  if (flags.will()) {
    TRY(packet.will, read_will(body, flags));
  }
  if (flags.user_name()) {
    TRY(packet.user_name, read_string(in, "User Name"));
  }
  if (flags.password()) {
    TRY(packet.password, read_binary(in));
  }
  return packet;
}

Result<Packet> decode_connack(Body& body) {
  TRY(const std::uint8_t flags, body.in.u8());
  if (flags > 1) return malformed("reserved bits of the Connect Acknowledge Flags are set");  // MQTT 5, 3.2.2-1
  Connack packet;
  packet.session_present = flags == 1;
  if (body.v5()) {
    TRY(packet.reason, read_reason(body.in, PacketType::connack));
  } else {
    TRY(const std::uint8_t code, body.in.u8());
    const auto reason = from_connect_return_code(code);
    if (!reason) return malformed(fmt::format("Connect Return code {} is reserved", code));  // MQTT 3.1.1, 3.2.2.3
    packet.reason = *reason;
  }
  if (packet.session_present && packet.reason != ReasonCode::success) {
    return protocol_error("Session Present in a refusal");  // MQTT 5, 3.2.2-6; MQTT 3.1.1, 3.2.2-4
  }
  TRY(packet.properties, body.properties(detail::in(PacketType::connack)));
  return packet;
}

Result<Packet> decode_publish(Body& body) {
  Publish packet;
  packet.dup = (body.flags & 8U) != 0;
  TRY(packet.qos, qos_of(body.flags >> 1U & 3U));
  packet.retain = (body.flags & 1U) != 0;
  if (packet.dup && packet.qos == QoS::at_most_once) return malformed("DUP with QoS 0");  // MQTT 5, 3.3.1-2
  TRY(packet.topic, read_string(body.in, "Topic Name"));
  if (packet.qos != QoS::at_most_once) {
    TRY(packet.packet_identifier, read_packet_identifier(body.in));
  }
  TRY(packet.properties, body.properties(detail::in(PacketType::publish)));
  if (!packet.topic.empty()) {
    CHECK(check_topic_name(packet.topic));
  } else if (!packet.properties.topic_alias) {
    return protocol_error("empty Topic Name without Topic Alias");  // MQTT 5, 3.3.2.1; MQTT 3.1.1, 4.7.3-1
  }
  TRY(packet.payload, body.in.take(body.in.left()));
  return packet;
}

template <PacketType type>
Result<Packet> decode_acknowledgement(Body& body) {
  Acknowledgement<type> packet;
  TRY(packet.packet_identifier, read_packet_identifier(body.in));
  // MQTT 5, 3.4.2.1, 3.4.2.2.1: the reason and the property length may be left out.
  if (body.v5() && !body.in.empty()) {
    TRY(packet.reason, read_reason(body.in, type));
    if (!body.in.empty()) {
      TRY(packet.properties, body.properties(detail::in(type)));
    }
  }
  return packet;
}

Result<Subscription> read_subscription(Body& body) {
  Subscription out;
  TRY(out.filter, read_string(body.in, "Topic Filter"));
  TRY(const FilterParts parts, parse_filter(out.filter));
  TRY(const unsigned options, body.in.u8());
  const unsigned reserved = body.v5() ? 0xC0U : 0xFCU;
  if ((options & reserved) != 0) {
    return malformed("reserved bits of the Subscription Options are set");  // MQTT 5, 3.8.3-5; MQTT 3.1.1, 3-8.3-4
  }
  if ((options & 3U) == 3) return protocol_error("Maximum QoS 3 in a subscription");  // MQTT 5, 3.8.3.1
  out.qos = static_cast<QoS>(options & 3U);
  out.no_local = (options & 4U) != 0;
  out.retain_as_published = (options & 8U) != 0;
  const unsigned retain_handling = options >> 4U & 3U;
  if (retain_handling == 3) return protocol_error("Retain Handling 3 in a subscription");  // MQTT 5, 3.8.3.1
  out.retain_handling = static_cast<RetainHandling>(retain_handling);
  if (out.no_local && !parts.group.empty()) {
    return protocol_error("No Local on a shared subscription");  // MQTT 5, 3.8.3-4
  }
  return out;
}

Result<Packet> decode_subscribe(Body& body) {
  Subscribe packet;
  TRY(packet.packet_identifier, read_packet_identifier(body.in));
  TRY(packet.properties, body.properties(detail::in(PacketType::subscribe)));
  while (!body.in.empty()) {
    TRY(const auto subscription, read_subscription(body));
    packet.subscriptions.push_back(subscription);
  }
  if (packet.subscriptions.empty()) return protocol_error("SUBSCRIBE without a topic filter");  // MQTT 5, 3.8.3-2
  return packet;
}

Result<Packet> decode_suback(Body& body) {
  Suback packet;
  TRY(packet.packet_identifier, read_packet_identifier(body.in));
  TRY(packet.properties, body.properties(detail::in(PacketType::suback)));
  while (!body.in.empty()) {
    TRY(const ReasonCode reason, read_reason(body.in, PacketType::suback));
    if (!body.v5() && is_error(reason) && reason != ReasonCode::unspecified_error) {
      return malformed("reserved SUBACK return code");  // MQTT 3.1.1, 3.9.3-2
    }
    packet.reasons.push_back(reason);
  }
  if (packet.reasons.empty()) return protocol_error("SUBACK without a reason code");  // MQTT 5, 3.8.4-6
  return packet;
}

Result<Packet> decode_unsubscribe(Body& body) {
  Unsubscribe packet;
  TRY(packet.packet_identifier, read_packet_identifier(body.in));
  TRY(packet.properties, body.properties(detail::in(PacketType::unsubscribe)));
  while (!body.in.empty()) {
    TRY(const auto filter, read_string(body.in, "Topic Filter"));
    CHECK(check_topic_filter(filter));
    packet.filters.push_back(filter);
  }
  if (packet.filters.empty()) return protocol_error("UNSUBSCRIBE without a topic filter");  // MQTT 5, 3.10.3-2
  return packet;
}

Result<Packet> decode_unsuback(Body& body) {
  Unsuback packet;
  TRY(packet.packet_identifier, read_packet_identifier(body.in));
  if (!body.v5()) return packet;  // MQTT 3.1.1, 3.11.3: no payload
  TRY(packet.properties, body.properties(detail::in(PacketType::unsuback)));
  while (!body.in.empty()) {
    TRY(const ReasonCode reason, read_reason(body.in, PacketType::unsuback));
    packet.reasons.push_back(reason);
  }
  if (packet.reasons.empty()) return protocol_error("UNSUBACK without a reason code");  // MQTT 5, 3.11.3-1
  return packet;
}

Result<Packet> decode_disconnect(Body& body) {
  Disconnect packet;
  // MQTT 5, 3.14.2.1, 3.14.2.2.1: the reason and the property length may be left out. MQTT 3.1.1 has neither.
  if (body.v5() && !body.in.empty()) {
    TRY(packet.reason, read_reason(body.in, PacketType::disconnect));
    if (!body.in.empty()) {
      TRY(packet.properties, body.properties(detail::in(PacketType::disconnect)));
    }
  }
  return packet;
}

Result<Packet> decode_auth(Body& body) {
  if (!body.v5()) return malformed("packet type 15 is reserved in MQTT 3.1.1");  // MQTT 3.1.1, 2.2.1
  Auth packet;
  if (body.in.empty()) return packet;  // MQTT 5, 3.15.2.1
  TRY(packet.reason, read_reason(body.in, PacketType::auth));
  TRY(packet.properties, body.properties(detail::in(PacketType::auth)));
  if (!packet.properties.authentication_method) {
    return protocol_error("AUTH without Authentication Method");  // MQTT 5, 3.15.2.2.2
  }
  return packet;
}

Result<Packet> decode_body(PacketType type, Body& body) {
  switch (type) {
    case PacketType::connect:
      return decode_connect(body);
    case PacketType::connack:
      return decode_connack(body);
    case PacketType::publish:
      return decode_publish(body);
    case PacketType::puback:
      return decode_acknowledgement<PacketType::puback>(body);
    case PacketType::pubrec:
      return decode_acknowledgement<PacketType::pubrec>(body);
    case PacketType::pubrel:
      return decode_acknowledgement<PacketType::pubrel>(body);
    case PacketType::pubcomp:
      return decode_acknowledgement<PacketType::pubcomp>(body);
    case PacketType::subscribe:
      return decode_subscribe(body);
    case PacketType::suback:
      return decode_suback(body);
    case PacketType::unsubscribe:
      return decode_unsubscribe(body);
    case PacketType::unsuback:
      return decode_unsuback(body);
    case PacketType::pingreq:
      return Pingreq{};
    case PacketType::pingresp:
      return Pingresp{};
    case PacketType::disconnect:
      return decode_disconnect(body);
    case PacketType::auth:
      return decode_auth(body);
  }
  return malformed("packet type 0 is reserved");
}

Result<Packet> decode_frame(ByteView frame, Version version) {
  TRY(const auto whole, next_frame(frame, frame_bytes_ceiling));
  if (!whole || whole->size() != frame.size()) return malformed("the length of the packet is not what it says");
  ByteReader in(frame.subspan(1));
  CHECK(detail::read_variable_byte_integer(in));
  Body body{ByteReader(in.rest()), version, frame[0] & 15U};
  TRY(auto packet, decode_body(type_of_frame(frame), body));
  CHECK(body.in.finish());
  return packet;
}

}  // namespace

Result<Packet> decode(ByteView frame, Version version) {
  auto packet = decode_frame(frame, version);
  if (packet) return packet;
  Error error = std::move(packet).error();
  // The reader of base says "truncated" or "trailing bytes"; a peer is told the reason code.
  if (!reason_code_from_name(error.reason)) error = error_of(ReasonCode::malformed_packet, std::move(error.detail));
  if (!frame.empty()) error = std::move(error).during(fmt::format("in {}", name_of(type_of_frame(frame))));
  return std::unexpected(std::move(error));
}

std::optional<std::uint8_t> protocol_level_of(ByteView frame) {
  if (frame.empty() || type_of_frame(frame) != PacketType::connect) return std::nullopt;
  ByteReader in(frame.subspan(1));
  if (!detail::read_variable_byte_integer(in) || !read_binary(in)) return std::nullopt;
  const auto level = in.u8();
  if (!level) return std::nullopt;
  return *level;
}

}  // namespace outrider::wire::mqtt
