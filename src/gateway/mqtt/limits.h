#pragma once
// Everything a client can make grow, and how far. Values are per client unless the name says otherwise.
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "gateway/admission/limits.h"
#include "gateway/mqtt/state/limits.h"
#include "net/tls/tls_stream.h"
#include "wire/mqtt/frame.h"

namespace outrider::gateway::mqtt {

struct Limits {
  // --- connections
  admission::Limits admission;
  std::chrono::milliseconds connect_deadline{10'000};  // from the TLS handshake's end to a whole CONNECT
  net::TlsStreamLimits tls;
  // Since the certificate was shown; then the connection ends, as its tickets do (net::tls::TicketLimits).
  std::chrono::milliseconds session_age_max = std::chrono::hours{24 * 7};

  // --- packets
  std::size_t connect_bytes_max = 16UL * 1024;  // a CONNECT with a will; before it a client is a stranger
  std::size_t packet_bytes_max = wire::mqtt::packet_bytes_max;
  std::size_t client_id_bytes_max = 128;  // device id, '/' and a name of its own
  std::size_t will_bytes_max = 8UL * 1024;
  std::uint16_t keep_alive_max = 18'000;  // seconds, 5 h: announced as Server Keep Alive to who asks for more or none

  // --- what a client sends
  std::uint16_t receive_maximum = 64;      // QoS 1 and 2 messages not yet answered
  std::uint16_t topic_alias_maximum = 16;  // each way
  double publishes_per_second = 200;       // beyond it we read more slowly
  double publish_burst = 2'000;            // a device coming back sends what it kept
  double bytes_per_second = 256UL * 1024;  // the same for bytes
  double bytes_burst = 4UL * 1024 * 1024;

  // --- what a client is sent
  std::size_t subscriptions_max = 32;
  std::size_t subscriptions_of_fleet_max = 1'000'000;
  std::uint16_t inflight_max = 32;                         // QoS 1 and 2 messages it has not acknowledged
  std::chrono::milliseconds slow_reader_deadline{30'000};  // for taking what is queued once the queue is long

  // What waits for sockets, of all clients together. Beyond it nobody new gets a session, and those that hold most lose
  // theirs until it is less.
  std::size_t held_bytes_max = 1024UL * 1024 * 1024;

  // --- what outlives a connection
  std::uint32_t session_expiry_max = 7 * 24 * 3600;  // seconds; also how long sessions of MQTT 3.1.1 are kept
  StateLimits state;                                 // the queue's limits hold for connected clients too
  std::size_t retained_messages_max = 100'000;       // of a fleet
  std::size_t retained_bytes_max = 64UL * 1024 * 1024;

  // --- records of refusals
  std::chrono::milliseconds refusal_interval{10'000};   // one entry for the same device, action and rule
  std::chrono::milliseconds stranger_interval{60'000};  // one for the same rule, when nobody knows whose connection
  std::size_t refusal_keys_max = 4'096;                 // remembered at a time, per loop

  // One second of the protocol's keep alive and of the deadlines' clock; tests have shorter ones.
  std::chrono::milliseconds second{1'000};
};

}  // namespace outrider::gateway::mqtt
