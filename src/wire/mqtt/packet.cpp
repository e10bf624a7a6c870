#include "wire/mqtt/packet.h"

#include <algorithm>

namespace outrider::wire::mqtt {
namespace {

bool same(ByteView a, ByteView b) {
  return std::ranges::equal(a, b);
}

}  // namespace

std::string_view name_of(Version version) {
  return version == Version::v3_1_1 ? "3.1.1" : "5.0";
}

std::string_view name_of(PacketType type) {
  switch (type) {
    case PacketType::connect:
      return "CONNECT";
    case PacketType::connack:
      return "CONNACK";
    case PacketType::publish:
      return "PUBLISH";
    case PacketType::puback:
      return "PUBACK";
    case PacketType::pubrec:
      return "PUBREC";
    case PacketType::pubrel:
      return "PUBREL";
    case PacketType::pubcomp:
      return "PUBCOMP";
    case PacketType::subscribe:
      return "SUBSCRIBE";
    case PacketType::suback:
      return "SUBACK";
    case PacketType::unsubscribe:
      return "UNSUBSCRIBE";
    case PacketType::unsuback:
      return "UNSUBACK";
    case PacketType::pingreq:
      return "PINGREQ";
    case PacketType::pingresp:
      return "PINGRESP";
    case PacketType::disconnect:
      return "DISCONNECT";
    case PacketType::auth:
      return "AUTH";
  }
  return "reserved";
}

bool Will::operator==(const Will& other) const {
  return topic == other.topic && same(payload, other.payload) && qos == other.qos && retain == other.retain &&
         properties == other.properties;
}

bool Connect::operator==(const Connect& other) const {
  return version == other.version && clean_start == other.clean_start && keep_alive == other.keep_alive &&
         client_identifier == other.client_identifier && will == other.will && user_name == other.user_name &&
         password.has_value() == other.password.has_value() && (!password || same(*password, *other.password)) &&
         properties == other.properties;
}

bool Publish::operator==(const Publish& other) const {
  return dup == other.dup && qos == other.qos && retain == other.retain && topic == other.topic &&
         packet_identifier == other.packet_identifier && same(payload, other.payload) && properties == other.properties;
}

}  // namespace outrider::wire::mqtt
