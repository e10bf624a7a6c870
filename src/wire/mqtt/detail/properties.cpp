#include "wire/mqtt/detail/properties.h"

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

#include "wire/mqtt/topic.h"

namespace outrider::wire::mqtt {
namespace detail {
namespace {

using enum PacketType;

// What a property is besides its identifier: where it may stand, its name, and whether 0 is refused.
struct About {
  std::uint8_t identifier;
  Carriers carriers;
  std::string_view name;
};

constexpr Carriers in_message = in(publish) | in_will;
constexpr Carriers with_reason_string =
    in(connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, disconnect, auth);
constexpr Carriers everywhere = with_reason_string | in_message | in(connect, subscribe, unsubscribe);

// MQTT 5, 2.2.2.2: table 2-4. Calls `visit(About, field of each p...)` for every property; decoding, encoding and
// comparing all go through here, so a property cannot be forgotten in one of them. The order is the order of encoding.
template <class Visit, class... P>
constexpr void each_property(Visit&& visit, P&... p) {
  visit(About{0x01, in_message, "Payload Format Indicator"}, p.payload_format_indicator...);
  visit(About{0x02, in_message, "Message Expiry Interval"}, p.message_expiry_interval...);
  visit(About{0x03, in_message, "Content Type"}, p.content_type...);
  visit(About{0x08, in_message, "Response Topic"}, p.response_topic...);
  visit(About{0x09, in_message, "Correlation Data"}, p.correlation_data...);
  visit(About{0x0B, in(publish, subscribe), "Subscription Identifier"}, p.subscription_identifiers...);
  visit(About{0x11, in(connect, connack, disconnect), "Session Expiry Interval"}, p.session_expiry_interval...);
  visit(About{0x12, in(connack), "Assigned Client Identifier"}, p.assigned_client_identifier...);
  visit(About{0x13, in(connack), "Server Keep Alive"}, p.server_keep_alive...);
  visit(About{0x15, in(connect, connack, auth), "Authentication Method"}, p.authentication_method...);
  visit(About{0x16, in(connect, connack, auth), "Authentication Data"}, p.authentication_data...);
  visit(About{0x17, in(connect), "Request Problem Information"}, p.request_problem_information...);
  visit(About{0x18, in_will, "Will Delay Interval"}, p.will_delay_interval...);
  visit(About{0x19, in(connect), "Request Response Information"}, p.request_response_information...);
  visit(About{0x1A, in(connack), "Response Information"}, p.response_information...);
  visit(About{0x1C, in(connack, disconnect), "Server Reference"}, p.server_reference...);
  visit(About{0x1F, with_reason_string, "Reason String"}, p.reason_string...);
  visit(About{0x21, in(connect, connack), "Receive Maximum"}, p.receive_maximum...);
  visit(About{0x22, in(connect, connack), "Topic Alias Maximum"}, p.topic_alias_maximum...);
  visit(About{0x23, in(publish), "Topic Alias"}, p.topic_alias...);
  visit(About{0x24, in(connack), "Maximum QoS"}, p.maximum_qos...);
  visit(About{0x25, in(connack), "Retain Available"}, p.retain_available...);
  visit(About{0x26, everywhere, "User Property"}, p.user_properties...);
  visit(About{0x27, in(connect, connack), "Maximum Packet Size"}, p.maximum_packet_size...);
  visit(About{0x28, in(connack), "Wildcard Subscription Available"}, p.wildcard_subscription_available...);
  visit(About{0x29, in(connack), "Subscription Identifiers Available"}, p.subscription_identifiers_available...);
  visit(About{0x2A, in(connack), "Shared Subscription Available"}, p.shared_subscription_available...);
}

Result<void> read_value(ByteReader& in, std::string_view name, std::optional<bool>& out) {
  TRY(const std::uint8_t byte, in.u8());
  // MQTT 5, 3.1.2.11.6, 3.1.2.11.7, 3.2.2.3.5, 3.2.2.3.11 to 13, 3.3.2.3.2: a value other than 0 or 1
  if (byte > 1) return protocol_error(fmt::format("{} is {}; 0 or 1 is allowed", name, byte));
  out = byte == 1;
  return {};
}

Result<void> read_value(ByteReader& in, std::string_view name, std::optional<QoS>& out) {
  TRY(const std::uint8_t byte, in.u8());
  if (byte > 1) return protocol_error(fmt::format("{} is {}; 0 or 1 is allowed", name, byte));  // MQTT 5, 3.2.2.3.4
  out = static_cast<QoS>(byte);
  return {};
}

Result<void> read_value(ByteReader& in, std::string_view, std::optional<std::uint16_t>& out) {
  TRY(out, in.u16());
  return {};
}

Result<void> read_value(ByteReader& in, std::string_view, std::optional<std::uint32_t>& out) {
  TRY(out, in.u32());
  return {};
}

Result<void> read_value(ByteReader& in, std::string_view name, std::optional<std::string_view>& out) {
  TRY(out, read_string(in, name));
  return {};
}

Result<void> read_value(ByteReader& in, std::string_view, std::optional<ByteView>& out) {
  TRY(out, read_binary(in));
  return {};
}

Result<void> read_value(ByteReader& in, std::string_view name, std::vector<std::uint32_t>& out) {
  TRY(const std::uint32_t identifier, read_variable_byte_integer(in));
  if (identifier == 0) return protocol_error(fmt::format("{} is 0", name));  // MQTT 5, 3.8.2.1.2 and 3.3.2.3.8
  out.push_back(identifier);
  return {};
}

Result<void> read_value(ByteReader& in, std::string_view name, std::vector<UserProperty>& out) {
  if (out.size() >= user_properties_max) {
    return refuse(ReasonCode::quota_exceeded, fmt::format("more than {} user properties", user_properties_max));
  }
  UserProperty property;
  TRY(property.name, read_string(in, name));
  TRY(property.value, read_string(in, name));
  out.push_back(property);
  return {};
}

template <class T>
bool present(const std::optional<T>& field) {
  return field.has_value();
}
template <class T>
bool present(const std::vector<T>& field) {
  return !field.empty();
}

// Whether the property may come again. User properties always; subscription identifiers in PUBLISH.
template <class Field>
bool repeatable(Carriers carrier) {
  if constexpr (std::is_same_v<Field, std::vector<UserProperty>>) return true;
  if constexpr (std::is_same_v<Field, std::vector<std::uint32_t>>) return carrier == in(publish);  // MQTT 5, 3.3.2.3.8
  return false;
}

Result<void> read_one(ByteReader& in, Carriers carrier, Properties& out) {
  TRY(const std::uint32_t identifier, read_variable_byte_integer(in));
  bool known = false;
  Result<void> outcome;
  const auto read = [&](const About& about, auto& field) {
    if (about.identifier != identifier) return;
    known = true;
    if ((about.carriers & carrier) == 0) {
      outcome = malformed(fmt::format("{} does not belong in this packet", about.name));  // MQTT 5, 2.2.2.2
    } else if (present(field) && !repeatable<std::remove_cvref_t<decltype(field)>>(carrier)) {
      outcome = protocol_error(fmt::format("{} twice", about.name));  // MQTT 5, 2.2.2.2 and each property
    } else {
      outcome = read_value(in, about.name, field);
    }
  };
  each_property(read, out);
  if (!known) return malformed(fmt::format("unknown property {:#04x}", identifier));  // MQTT 5, 2.2.2.2
  return outcome;
}

// What the fields must be together and in range.
Result<void> check(const Properties& p) {
  if (p.receive_maximum == 0) return protocol_error("Receive Maximum is 0");                   // MQTT 5, 3.1.2.11.3
  if (p.maximum_packet_size == 0U) return protocol_error("Maximum Packet Size is 0");          // MQTT 5, 3.1.2.11.4
  if (p.topic_alias == 0) return refuse(ReasonCode::topic_alias_invalid, "Topic Alias is 0");  // MQTT 5, 3.3.2-8
  if (p.response_topic) CHECK(check_topic_name(*p.response_topic));                            // MQTT 5, 3.3.2-14
  if (p.authentication_data && !p.authentication_method) {
    return protocol_error("Authentication Data without Authentication Method");  // MQTT 5, 3.1.2.11.10
  }
  return {};
}

void write_value(FieldWriter& out, bool value) {
  out.u8(value ? 1 : 0);
}
void write_value(FieldWriter& out, QoS value) {
  out.u8(static_cast<std::uint8_t>(value));
}
void write_value(FieldWriter& out, std::uint16_t value) {
  out.u16(value);
}
void write_value(FieldWriter& out, std::uint32_t value) {
  out.u32(value);
}
void write_value(FieldWriter& out, std::string_view value) {
  out.string(value);
}
void write_value(FieldWriter& out, ByteView value) {
  out.binary(value);
}

template <class T>
void write_field(FieldWriter& out, std::uint8_t identifier, const std::optional<T>& field) {
  if (!field) return;
  out.u8(identifier);
  write_value(out, *field);
}
void write_field(FieldWriter& out, std::uint8_t identifier, const std::vector<std::uint32_t>& field) {
  for (const std::uint32_t value : field) out.u8(identifier).variable_byte_integer(value);
}
void write_field(FieldWriter& out, std::uint8_t identifier, const std::vector<UserProperty>& field) {
  for (const UserProperty& property : field) out.u8(identifier).string(property.name).string(property.value);
}

}  // namespace

Result<Properties> read_properties(ByteReader& in, Carriers carrier) {
  Properties out;
  TRY(const std::uint32_t length, read_variable_byte_integer(in));
  TRY(const ByteView raw, in.take(length));
  ByteReader properties(raw);
  while (!properties.empty()) CHECK(read_one(properties, carrier, out));
  CHECK(check(out));
  return out;
}

void write_properties(FieldWriter& out, const Properties& properties) {
  const std::size_t from = out.size();
  each_property([&](const About& about, const auto& field) { write_field(out, about.identifier, field); }, properties);
  out.prefix_length(from);
}

bool empty(const Properties& properties) {
  bool none = true;
  each_property([&](const About&, const auto& field) { none = none && !present(field); }, properties);
  return none;
}

}  // namespace detail

bool Properties::operator==(const Properties& other) const {
  bool equal = true;
  detail::each_property(
      [&](const detail::About&, const auto& a, const auto& b) {
        if constexpr (std::is_same_v<decltype(a), const std::optional<ByteView>&>) {
          equal = equal && a.has_value() == b.has_value() && (!a || std::ranges::equal(*a, *b));
        } else {
          equal = equal && a == b;
        }
      },
      *this, other);
  return equal;
}

}  // namespace outrider::wire::mqtt
