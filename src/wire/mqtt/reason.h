#pragma once
// MQTT 5 reason codes (section 2.4), and the way from an Error to the code to answer with.
//
// An Error of this folder carries the code as its `reason`: the code's name from the specification as a slug
// ("malformed-packet", "packet-too-large"). Whoever answers a peer calls `reason_code_of`; whoever refuses in the
// broker makes its Error with `refuse`, or lets the class of the Error decide.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outrider::wire::mqtt {

enum class ReasonCode : std::uint8_t {
  success = 0x00,  // also "normal disconnection" (DISCONNECT) and "granted QoS 0" (SUBACK)
  granted_qos_1 = 0x01,
  granted_qos_2 = 0x02,
  disconnect_with_will_message = 0x04,
  no_matching_subscribers = 0x10,
  no_subscription_existed = 0x11,
  continue_authentication = 0x18,
  reauthenticate = 0x19,
  unspecified_error = 0x80,
  malformed_packet = 0x81,
  protocol_error = 0x82,
  implementation_specific_error = 0x83,
  unsupported_protocol_version = 0x84,
  client_identifier_not_valid = 0x85,
  bad_user_name_or_password = 0x86,
  not_authorized = 0x87,
  server_unavailable = 0x88,
  server_busy = 0x89,
  banned = 0x8A,
  server_shutting_down = 0x8B,
  bad_authentication_method = 0x8C,
  keep_alive_timeout = 0x8D,
  session_taken_over = 0x8E,
  topic_filter_invalid = 0x8F,
  topic_name_invalid = 0x90,
  packet_identifier_in_use = 0x91,
  packet_identifier_not_found = 0x92,
  receive_maximum_exceeded = 0x93,
  topic_alias_invalid = 0x94,
  packet_too_large = 0x95,
  message_rate_too_high = 0x96,
  quota_exceeded = 0x97,
  administrative_action = 0x98,
  payload_format_invalid = 0x99,
  retain_not_supported = 0x9A,
  qos_not_supported = 0x9B,
  use_another_server = 0x9C,
  server_moved = 0x9D,
  shared_subscriptions_not_supported = 0x9E,
  connection_rate_exceeded = 0x9F,
  maximum_connect_time = 0xA0,
  subscription_identifiers_not_supported = 0xA1,
  wildcard_subscriptions_not_supported = 0xA2,
};

inline bool is_error(ReasonCode code) {
  return static_cast<std::uint8_t>(code) >= 0x80;
}

// "malformed-packet"; empty for a number the specification does not know.
std::string_view name_of(ReasonCode code);
// The code whose name this is.
std::optional<ReasonCode> reason_code_from_name(std::string_view name);

// The code to answer with: the one the Error names, otherwise the nearest to its class (forbidden → not authorized,
// overloaded → quota exceeded, anything of ours → unspecified error; never a code that says the peer broke the protocol
// when it did not).
ReasonCode reason_code_of(const Error& error);

// An Error that carries this code; its class follows from the code.
Error error_of(ReasonCode code, std::string detail);
inline std::unexpected<Error> refuse(ReasonCode code, std::string detail) {
  return std::unexpected(error_of(code, std::move(detail)));
}

// MQTT 3.1.1, 3.2.2.3: the CONNACK return code (0 to 5) nearest to a reason code, and back.
std::uint8_t connect_return_code_of(ReasonCode code);
std::optional<ReasonCode> from_connect_return_code(std::uint8_t code);

}  // namespace outrider::wire::mqtt
