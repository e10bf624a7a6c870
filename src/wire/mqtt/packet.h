#pragma once
// The control packets of MQTT 3.1.1 and MQTT 5.0 as plain values. One set of structs serves both versions; what a
// version does not have stays at its default.
//
// Lifetime: every std::string_view and ByteView borrows. In a decoded packet it points into the frame given to
// `decode` and dies with it; in a packet to encode it points at what the sender owns. Copy what must live longer.
// So decoding a PUBLISH without user properties allocates nothing.
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "wire/mqtt/reason.h"

namespace outrider::wire::mqtt {

// The protocol level in CONNECT.
enum class Version : std::uint8_t { v3_1_1 = 4, v5 = 5 };
// "3.1.1", "5.0".
std::string_view name_of(Version version);

// MQTT 5, 2.1.2
enum class PacketType : std::uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  pubrec = 5,
  pubrel = 6,
  pubcomp = 7,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
  auth = 15,
};
// As the specification writes it: "PUBLISH".
std::string_view name_of(PacketType type);

// MQTT 5, 4.3
enum class QoS : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

struct UserProperty {
  std::string_view name;
  std::string_view value;
  bool operator==(const UserProperty&) const = default;
};

// MQTT 5, 2.2.2.2: all properties of all packets. Which of them a packet may carry is checked by the codec.
// Seconds and bytes are as on the wire.
struct Properties {
  std::optional<bool> payload_format_indicator;          // true: the payload is UTF-8
  std::optional<std::uint32_t> message_expiry_interval;  // seconds
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> response_topic;
  std::optional<ByteView> correlation_data;
  std::vector<std::uint32_t> subscription_identifiers;   // at most one in SUBSCRIBE
  std::optional<std::uint32_t> session_expiry_interval;  // seconds; 0xFFFFFFFF: never
  std::optional<std::string_view> assigned_client_identifier;
  std::optional<std::uint16_t> server_keep_alive;  // seconds
  std::optional<std::string_view> authentication_method;
  std::optional<ByteView> authentication_data;
  std::optional<bool> request_problem_information;
  std::optional<std::uint32_t> will_delay_interval;  // seconds
  std::optional<bool> request_response_information;
  std::optional<std::string_view> response_information;
  std::optional<std::string_view> server_reference;
  std::optional<std::string_view> reason_string;
  std::optional<std::uint16_t> receive_maximum;
  std::optional<std::uint16_t> topic_alias_maximum;
  std::optional<std::uint16_t> topic_alias;
  std::optional<QoS> maximum_qos;  // 0 or 1
  std::optional<bool> retain_available;
  std::vector<UserProperty> user_properties;
  std::optional<std::uint32_t> maximum_packet_size;  // bytes
  std::optional<bool> wildcard_subscription_available;
  std::optional<bool> subscription_identifiers_available;
  std::optional<bool> shared_subscription_available;

  bool operator==(const Properties& other) const;
};

struct Will {
  std::string_view topic;
  ByteView payload;
  QoS qos = QoS::at_most_once;
  bool retain = false;
  Properties properties;

  bool operator==(const Will& other) const;
};

struct Connect {
  Version version = Version::v5;
  bool clean_start = true;       // MQTT 3.1.1: Clean Session
  std::uint16_t keep_alive = 0;  // seconds; 0: off
  std::string_view client_identifier;
  std::optional<Will> will;
  std::optional<std::string_view> user_name;
  std::optional<ByteView> password;
  Properties properties;

  bool operator==(const Connect& other) const;
};

// In MQTT 3.1.1 the reason travels as the nearest of the six return codes.
struct Connack {
  bool session_present = false;
  ReasonCode reason = ReasonCode::success;
  Properties properties;

  bool operator==(const Connack&) const = default;
};

struct Publish {
  bool dup = false;
  QoS qos = QoS::at_most_once;
  bool retain = false;
  std::string_view topic;               // empty only together with a topic alias
  std::uint16_t packet_identifier = 0;  // 0 exactly with QoS 0
  ByteView payload;
  Properties properties;

  bool operator==(const Publish& other) const;
};

// PUBACK, PUBREC, PUBREL, PUBCOMP. In MQTT 3.1.1 only the packet identifier travels.
template <PacketType type>
struct Acknowledgement {
  std::uint16_t packet_identifier = 0;
  ReasonCode reason = ReasonCode::success;
  Properties properties;

  bool operator==(const Acknowledgement&) const = default;
};
using Puback = Acknowledgement<PacketType::puback>;
using Pubrec = Acknowledgement<PacketType::pubrec>;
using Pubrel = Acknowledgement<PacketType::pubrel>;
using Pubcomp = Acknowledgement<PacketType::pubcomp>;

// MQTT 5, 3.8.3.1
enum class RetainHandling : std::uint8_t { send = 0, send_if_new = 1, do_not_send = 2 };

struct Subscription {
  std::string_view filter;      // valid, possibly "$share/<group>/<filter>": see parse_filter in topic.h
  QoS qos = QoS::at_most_once;  // at most
  bool no_local = false;
  bool retain_as_published = false;
  RetainHandling retain_handling = RetainHandling::send;

  bool operator==(const Subscription&) const = default;
};

struct Subscribe {
  std::uint16_t packet_identifier = 0;
  std::vector<Subscription> subscriptions;  // at least one
  Properties properties;

  bool operator==(const Subscribe&) const = default;
};

struct Suback {
  std::uint16_t packet_identifier = 0;
  std::vector<ReasonCode> reasons;  // one for each subscription, in order; MQTT 3.1.1: every error travels as 0x80
  Properties properties;

  bool operator==(const Suback&) const = default;
};

struct Unsubscribe {
  std::uint16_t packet_identifier = 0;
  std::vector<std::string_view> filters;  // at least one
  Properties properties;

  bool operator==(const Unsubscribe&) const = default;
};

struct Unsuback {
  std::uint16_t packet_identifier = 0;
  std::vector<ReasonCode> reasons;  // one for each filter, in order; MQTT 3.1.1: none
  Properties properties;

  bool operator==(const Unsuback&) const = default;
};

struct Pingreq {
  bool operator==(const Pingreq&) const = default;
};
struct Pingresp {
  bool operator==(const Pingresp&) const = default;
};

// In MQTT 3.1.1 only clients send it, and without a reason.
struct Disconnect {
  ReasonCode reason = ReasonCode::success;
  Properties properties;

  bool operator==(const Disconnect&) const = default;
};

// MQTT 5 only.
struct Auth {
  ReasonCode reason = ReasonCode::success;
  Properties properties;

  bool operator==(const Auth&) const = default;
};

using Packet = std::variant<Connect, Connack, Publish, Puback, Pubrec, Pubrel, Pubcomp, Subscribe, Suback, Unsubscribe,
                            Unsuback, Pingreq, Pingresp, Disconnect, Auth>;

// The alternatives stand in the order of the packet types.
inline PacketType type_of(const Packet& packet) {
  return static_cast<PacketType>(packet.index() + 1);
}

}  // namespace outrider::wire::mqtt
