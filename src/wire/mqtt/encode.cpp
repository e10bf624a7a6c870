#include "wire/mqtt/codec.h"
#include "wire/mqtt/detail/fields.h"
#include "wire/mqtt/detail/properties.h"

namespace outrider::wire::mqtt {
namespace {

using detail::FieldWriter;

constexpr std::uint8_t fixed_header(PacketType type, unsigned flags = 0) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4U | flags);
}

// Writes first byte, body and the length between them.
template <class WriteBody>
Result<void> write_packet(Bytes& out, std::uint8_t first, WriteBody&& write_body) {
  FieldWriter fields(out);
  fields.u8(first);
  const std::size_t body = fields.size();
  write_body(fields);
  fields.prefix_length(body);
  return fields.finish();
}

void write_properties(FieldWriter& out, const Properties& properties, Version version) {
  if (version == Version::v5) detail::write_properties(out, properties);
}

void write_packet_identifier(FieldWriter& out, std::uint16_t identifier) {
  if (identifier == 0) out.fail_with("packet identifier 0");
  out.u16(identifier);
}

// Reason and properties at the end of a packet, each left out when nothing is lost (MQTT 5, 3.4.2.1, 3.14.2.1).
void write_outcome(FieldWriter& out, ReasonCode reason, const Properties& properties) {
  const bool bare = detail::empty(properties);
  if (bare && reason == ReasonCode::success) return;
  out.u8(static_cast<std::uint8_t>(reason));
  if (!bare) detail::write_properties(out, properties);
}

std::uint8_t connect_flags(const Connect& packet) {
  unsigned flags = packet.clean_start ? 2U : 0U;
  if (packet.will) flags |= 4U | static_cast<unsigned>(packet.will->qos) << 3U | (packet.will->retain ? 32U : 0U);
  if (packet.password) flags |= 64U;
  if (packet.user_name) flags |= 128U;
  return static_cast<std::uint8_t>(flags);
}

template <PacketType type>
Result<void> encode_acknowledgement(const Acknowledgement<type>& packet, Version version, Bytes& out) {
  return write_packet(out, fixed_header(type, type == PacketType::pubrel ? 2 : 0), [&](FieldWriter& body) {
    write_packet_identifier(body, packet.packet_identifier);
    if (version == Version::v5) write_outcome(body, packet.reason, packet.properties);
  });
}

std::uint8_t subscription_options(const Subscription& subscription, Version version) {
  auto options = static_cast<unsigned>(subscription.qos);
  if (version == Version::v5) {
    options |= (subscription.no_local ? 4U : 0U) | (subscription.retain_as_published ? 8U : 0U) |
               static_cast<unsigned>(subscription.retain_handling) << 4U;
  }
  return static_cast<std::uint8_t>(options);
}

}  // namespace

// CONNECT carries its version itself.
Result<void> encode(const Connect& packet, Version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::connect), [&](FieldWriter& body) {
    body.string("MQTT").u8(static_cast<std::uint8_t>(packet.version)).u8(connect_flags(packet)).u16(packet.keep_alive);
    write_properties(body, packet.properties, packet.version);
    body.string(packet.client_identifier);
    if (packet.will) {
      write_properties(body, packet.will->properties, packet.version);
      body.string(packet.will->topic).binary(packet.will->payload);
    }
    if (packet.version == Version::v3_1_1 && packet.password && !packet.user_name) {
      body.fail_with("a Password without a User Name (3.1.1)");
    }
    if (packet.user_name) body.string(*packet.user_name);
    if (packet.password) body.binary(*packet.password);
  });
}

Result<void> encode(const Connack& packet, Version version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::connack), [&](FieldWriter& body) {
    body.u8(packet.session_present ? 1 : 0);
    body.u8(version == Version::v5 ? static_cast<std::uint8_t>(packet.reason) : connect_return_code_of(packet.reason));
    write_properties(body, packet.properties, version);
  });
}

Result<void> encode(const Publish& packet, Version version, Bytes& out) {
  const unsigned flags = (packet.dup ? 8U : 0U) | static_cast<unsigned>(packet.qos) << 1U | (packet.retain ? 1U : 0U);
  return write_packet(out, fixed_header(PacketType::publish, flags), [&](FieldWriter& body) {
    body.string(packet.topic);
    if (packet.qos != QoS::at_most_once) write_packet_identifier(body, packet.packet_identifier);
    write_properties(body, packet.properties, version);
    body.raw(packet.payload);
  });
}

Result<void> encode(const Puback& packet, Version version, Bytes& out) {
  return encode_acknowledgement(packet, version, out);
}
Result<void> encode(const Pubrec& packet, Version version, Bytes& out) {
  return encode_acknowledgement(packet, version, out);
}
Result<void> encode(const Pubrel& packet, Version version, Bytes& out) {
  return encode_acknowledgement(packet, version, out);
}
Result<void> encode(const Pubcomp& packet, Version version, Bytes& out) {
  return encode_acknowledgement(packet, version, out);
}

Result<void> encode(const Subscribe& packet, Version version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::subscribe, 2), [&](FieldWriter& body) {
    write_packet_identifier(body, packet.packet_identifier);
    write_properties(body, packet.properties, version);
    if (packet.subscriptions.empty()) body.fail_with("a SUBSCRIBE without a topic filter");
    for (const Subscription& subscription : packet.subscriptions) {
      body.string(subscription.filter).u8(subscription_options(subscription, version));
    }
  });
}

Result<void> encode(const Suback& packet, Version version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::suback), [&](FieldWriter& body) {
    write_packet_identifier(body, packet.packet_identifier);
    write_properties(body, packet.properties, version);
    if (packet.reasons.empty()) body.fail_with("a SUBACK without a reason code");
    for (ReasonCode reason : packet.reasons) {
      if (version == Version::v3_1_1 && is_error(reason)) reason = ReasonCode::unspecified_error;
      body.u8(static_cast<std::uint8_t>(reason));
    }
  });
}

Result<void> encode(const Unsubscribe& packet, Version version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::unsubscribe, 2), [&](FieldWriter& body) {
    write_packet_identifier(body, packet.packet_identifier);
    write_properties(body, packet.properties, version);
    if (packet.filters.empty()) body.fail_with("an UNSUBSCRIBE without a topic filter");
    for (const std::string_view filter : packet.filters) body.string(filter);
  });
}

Result<void> encode(const Unsuback& packet, Version version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::unsuback), [&](FieldWriter& body) {
    write_packet_identifier(body, packet.packet_identifier);
    if (version != Version::v5) return;
    detail::write_properties(body, packet.properties);
    if (packet.reasons.empty()) body.fail_with("an UNSUBACK without a reason code");
    for (const ReasonCode reason : packet.reasons) body.u8(static_cast<std::uint8_t>(reason));
  });
}

Result<void> encode(const Pingreq&, Version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::pingreq), [](FieldWriter&) {});
}

Result<void> encode(const Pingresp&, Version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::pingresp), [](FieldWriter&) {});
}

Result<void> encode(const Disconnect& packet, Version version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::disconnect), [&](FieldWriter& body) {
    if (version == Version::v5) write_outcome(body, packet.reason, packet.properties);
  });
}

Result<void> encode(const Auth& packet, Version version, Bytes& out) {
  return write_packet(out, fixed_header(PacketType::auth), [&](FieldWriter& body) {
    if (version != Version::v5) body.fail_with("AUTH in version 3.1.1");
    if (packet.reason == ReasonCode::success && detail::empty(packet.properties)) return;
    body.u8(static_cast<std::uint8_t>(packet.reason));
    detail::write_properties(body, packet.properties);
  });
}

Result<void> encode(const Packet& packet, Version version, Bytes& out) {
  return std::visit([&](const auto& plain) { return encode(plain, version, out); }, packet);
}

}  // namespace outrider::wire::mqtt
