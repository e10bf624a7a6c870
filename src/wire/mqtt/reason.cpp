#include "wire/mqtt/reason.h"

#include <algorithm>
#include <array>

#include "wire/mqtt/detail/carriers.h"

namespace outrider::wire::mqtt {
namespace {

using detail::Carriers;
using detail::in;
using enum PacketType;

struct Row {
  ReasonCode code;
  std::string_view name;
  Errc kind;
  Carriers carriers;
};

constexpr Carriers publish_answers = in(puback, pubrec);

// MQTT 5, 2.4: table 2-6, with the tables 3.2.2.2, 3.4.2.1, 3.5.2.1, 3.6.2.1, 3.7.2.1, 3.9.3, 3.11.3, 3.14.2.1 and
// 3.15.2.1 folded in. Sorted by code.
constexpr std::array rows{
    Row{ReasonCode::success, "success", Errc::internal,
        publish_answers | in(connack, pubrel, pubcomp, suback, unsuback, disconnect, auth)},
    Row{ReasonCode::granted_qos_1, "granted-qos-1", Errc::internal, in(suback)},
    Row{ReasonCode::granted_qos_2, "granted-qos-2", Errc::internal, in(suback)},
    Row{ReasonCode::disconnect_with_will_message, "disconnect-with-will-message", Errc::internal, in(disconnect)},
    Row{ReasonCode::no_matching_subscribers, "no-matching-subscribers", Errc::internal, publish_answers},
    Row{ReasonCode::no_subscription_existed, "no-subscription-existed", Errc::internal, in(unsuback)},
    Row{ReasonCode::continue_authentication, "continue-authentication", Errc::internal, in(auth)},
    Row{ReasonCode::reauthenticate, "re-authenticate", Errc::internal, in(auth)},
    Row{ReasonCode::unspecified_error, "unspecified-error", Errc::internal,
        publish_answers | in(connack, suback, unsuback, disconnect)},
    Row{ReasonCode::malformed_packet, "malformed-packet", Errc::malformed, in(connack, disconnect)},
    Row{ReasonCode::protocol_error, "protocol-error", Errc::malformed, in(connack, disconnect)},
    Row{ReasonCode::implementation_specific_error, "implementation-specific-error", Errc::internal,
        publish_answers | in(connack, suback, unsuback, disconnect)},
    Row{ReasonCode::unsupported_protocol_version, "unsupported-protocol-version", Errc::malformed, in(connack)},
    Row{ReasonCode::client_identifier_not_valid, "client-identifier-not-valid", Errc::malformed, in(connack)},
    Row{ReasonCode::bad_user_name_or_password, "bad-user-name-or-password", Errc::unauthenticated, in(connack)},
    Row{ReasonCode::not_authorized, "not-authorized", Errc::forbidden,
        publish_answers | in(connack, suback, unsuback, disconnect)},
    Row{ReasonCode::server_unavailable, "server-unavailable", Errc::unavailable, in(connack)},
    Row{ReasonCode::server_busy, "server-busy", Errc::overloaded, in(connack, disconnect)},
    Row{ReasonCode::banned, "banned", Errc::forbidden, in(connack)},
    Row{ReasonCode::server_shutting_down, "server-shutting-down", Errc::unavailable, in(disconnect)},
    Row{ReasonCode::bad_authentication_method, "bad-authentication-method", Errc::unauthenticated, in(connack)},
    Row{ReasonCode::keep_alive_timeout, "keep-alive-timeout", Errc::expired, in(disconnect)},
    Row{ReasonCode::session_taken_over, "session-taken-over", Errc::conflict, in(disconnect)},
    Row{ReasonCode::topic_filter_invalid, "topic-filter-invalid", Errc::malformed, in(suback, unsuback, disconnect)},
    Row{ReasonCode::topic_name_invalid, "topic-name-invalid", Errc::malformed,
        publish_answers | in(connack, disconnect)},
    Row{ReasonCode::packet_identifier_in_use, "packet-identifier-in-use", Errc::conflict,
        publish_answers | in(suback, unsuback)},
    Row{ReasonCode::packet_identifier_not_found, "packet-identifier-not-found", Errc::not_found, in(pubrel, pubcomp)},
    Row{ReasonCode::receive_maximum_exceeded, "receive-maximum-exceeded", Errc::overloaded, in(disconnect)},
    Row{ReasonCode::topic_alias_invalid, "topic-alias-invalid", Errc::malformed, in(disconnect)},
    Row{ReasonCode::packet_too_large, "packet-too-large", Errc::too_large, in(connack, disconnect)},
    Row{ReasonCode::message_rate_too_high, "message-rate-too-high", Errc::overloaded, in(disconnect)},
    Row{ReasonCode::quota_exceeded, "quota-exceeded", Errc::overloaded,
        publish_answers | in(connack, suback, disconnect)},
    Row{ReasonCode::administrative_action, "administrative-action", Errc::forbidden, in(disconnect)},
    Row{ReasonCode::payload_format_invalid, "payload-format-invalid", Errc::malformed,
        publish_answers | in(connack, disconnect)},
    Row{ReasonCode::retain_not_supported, "retain-not-supported", Errc::forbidden, in(connack, disconnect)},
    Row{ReasonCode::qos_not_supported, "qos-not-supported", Errc::forbidden, in(connack, disconnect)},
    Row{ReasonCode::use_another_server, "use-another-server", Errc::unavailable, in(connack, disconnect)},
    Row{ReasonCode::server_moved, "server-moved", Errc::unavailable, in(connack, disconnect)},
    Row{ReasonCode::shared_subscriptions_not_supported, "shared-subscriptions-not-supported", Errc::forbidden,
        in(suback, disconnect)},
    Row{ReasonCode::connection_rate_exceeded, "connection-rate-exceeded", Errc::overloaded, in(connack, disconnect)},
    Row{ReasonCode::maximum_connect_time, "maximum-connect-time", Errc::expired, in(disconnect)},
    Row{ReasonCode::subscription_identifiers_not_supported, "subscription-identifiers-not-supported", Errc::forbidden,
        in(suback, disconnect)},
    Row{ReasonCode::wildcard_subscriptions_not_supported, "wildcard-subscriptions-not-supported", Errc::forbidden,
        in(suback, disconnect)},
};
static_assert(std::ranges::is_sorted(rows, {}, &Row::code));

const Row* find(ReasonCode code) {
  const auto* row = std::ranges::lower_bound(rows, code, {}, &Row::code);
  return row != rows.end() && row->code == code ? row : nullptr;
}

// MQTT 3.1.1, 3.2.2.3: table 3.1.
constexpr std::array return_codes{
    ReasonCode::success,
    ReasonCode::unsupported_protocol_version,
    ReasonCode::client_identifier_not_valid,
    ReasonCode::server_unavailable,
    ReasonCode::bad_user_name_or_password,
    ReasonCode::not_authorized,
};

}  // namespace

bool detail::may_carry(PacketType type, ReasonCode code) {
  const Row* row = find(code);
  return row != nullptr && (row->carriers & in(type)) != 0;
}

std::string_view name_of(ReasonCode code) {
  const Row* row = find(code);
  return row == nullptr ? std::string_view() : row->name;
}

std::optional<ReasonCode> reason_code_from_name(std::string_view name) {
  const auto* row = std::ranges::find(rows, name, &Row::name);
  if (row == rows.end()) return std::nullopt;
  return row->code;
}

ReasonCode reason_code_of(const Error& error) {
  if (const auto named = reason_code_from_name(error.reason); named && is_error(*named)) return *named;
  // Only codes that CONNACK, PUBACK, SUBACK and DISCONNECT may all carry.
  switch (error.code) {
    case Errc::unauthenticated:
    case Errc::forbidden:
    case Errc::expired:
      return ReasonCode::not_authorized;
    case Errc::too_large:
    case Errc::overloaded:
      return ReasonCode::quota_exceeded;
    case Errc::malformed:
    case Errc::not_found:
    case Errc::conflict:
      return ReasonCode::implementation_specific_error;
    case Errc::unavailable:
    case Errc::corrupt:
    case Errc::internal:
      return ReasonCode::unspecified_error;
  }
  return ReasonCode::unspecified_error;
}

Error error_of(ReasonCode code, std::string detail) {
  const Row* row = find(code);
  if (row == nullptr) return {Errc::internal, std::move(detail)};
  return {row->kind, std::string(row->name), std::move(detail)};
}

std::uint8_t connect_return_code_of(ReasonCode code) {
  const auto* at = std::ranges::find(return_codes, code);
  if (at != return_codes.end()) return static_cast<std::uint8_t>(at - return_codes.begin());
  switch (code) {
    case ReasonCode::banned:
    case ReasonCode::bad_authentication_method:
    case ReasonCode::topic_name_invalid:
    case ReasonCode::qos_not_supported:
    case ReasonCode::retain_not_supported:
    case ReasonCode::payload_format_invalid:
    case ReasonCode::malformed_packet:
    case ReasonCode::protocol_error:
      return 5;  // trying again the same way is of no use
    default:
      return 3;  // trying later may help
  }
}

std::optional<ReasonCode> from_connect_return_code(std::uint8_t code) {
  if (code >= return_codes.size()) return std::nullopt;
  return return_codes[code];
}

}  // namespace outrider::wire::mqtt
