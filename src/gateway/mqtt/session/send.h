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

template <class Packet>
void Session::send(const Packet& packet) {
  Bytes& out = hub_.scratch();
  if (const auto encoded = wire::mqtt::encode(packet, version_, out); !encoded) {
    log::error("cannot encode an MQTT packet", {{"why", encoded.error().text()}});
    return;
  }
  // MQTT 5, 3.1.2.11.4: what is too large for the client is not sent.
  if (out.size() <= peer_packet_bytes_max_) write(out);
}

}  // namespace outrider::gateway::mqtt
