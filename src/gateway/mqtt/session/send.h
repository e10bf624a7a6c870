#pragma once
// Encoding a packet for the client and text for the records; for the session's sources only.
#include <string>
#include <string_view>

#include "base/log.h"
#include "gateway/mqtt/session/session.h"

namespace outrider::gateway::mqtt {

// As much of a client's text as a record needs, cut between characters.
inline std::string clip(std::string_view text) {
  constexpr std::size_t kept_bytes = 256;
  if (text.size() <= kept_bytes) return std::string(text);
  std::size_t end = kept_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end));
}

// False when it is too large for the client: MQTT 5, 3.1.2-24: it is not sent.
template <class Packet>
bool Session::send(const Packet& packet) {
  Bytes& out = hub_.scratch();
  if (const auto encoded = wire::mqtt::encode(packet, version_, out); !encoded) {
    log::error("cannot encode an MQTT packet", {{"why", encoded.error().text()}});
    return false;
  }
  if (out.size() > peer_packet_bytes_max_) {
    // A reason string or user properties are left out before the packet is (MQTT 5, 3.2.2-19).
    if constexpr (requires { packet.properties.reason_string; } && !std::is_same_v<Packet, wire::mqtt::Publish>) {
      if (packet.properties.reason_string) {
        Packet plain = packet;
        plain.properties.reason_string.reset();
        return send(plain);
      }
    }
    return false;
  }
  write(out);
  return true;
}

}  // namespace outrider::gateway::mqtt
