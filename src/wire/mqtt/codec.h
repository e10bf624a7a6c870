#pragma once
// MQTT control packets from and to bytes: MQTT 3.1.1 and MQTT 5.0, every packet type.
#include <optional>

#include "base/bytes.h"
#include "wire/mqtt/packet.h"

namespace outrider::wire::mqtt {

// Decodes one whole packet (a frame of `next_frame`). The result borrows from `frame`. CONNECT says its own version;
// for all others `version` is the one the connection agreed on.
//
// Everything is checked that one packet can show by itself: reserved bits, lengths, UTF-8, properties (known, allowed
// here, not twice, in range), reason codes allowed in that packet, topic names and filters, trailing bytes. An Error
// names the reason code to answer with (`reason_code_of`). Left to the session, because it takes state or direction:
// packets or properties only the other side may send, packet identifiers in flight, topic aliases, Receive Maximum,
// CONNECT first and once, an empty client identifier.
Result<Packet> decode(ByteView frame, Version version);

// The protocol level a CONNECT frame claims, whether it is spoken here or not: tells in which version to refuse it
// (below 5 a CONNACK has no properties).
std::optional<std::uint8_t> protocol_level_of(ByteView frame);

// Appends the packet to `out`, or leaves `out` as it was and says what cannot be written: a string of more than
// 65,535 bytes, a packet that the version does not have, an empty list of subscriptions, packet identifier 0.
// Properties are left out in MQTT 3.1.1. The sender answers for the rest (UTF-8, properties that belong to the packet);
// the tests hold every packet the house sends against `decode`.
Result<void> encode(const Packet& packet, Version version, Bytes& out);
// The same without making a Packet first.
Result<void> encode(const Connect& packet, Version version, Bytes& out);
Result<void> encode(const Connack& packet, Version version, Bytes& out);
Result<void> encode(const Publish& packet, Version version, Bytes& out);
Result<void> encode(const Puback& packet, Version version, Bytes& out);
Result<void> encode(const Pubrec& packet, Version version, Bytes& out);
Result<void> encode(const Pubrel& packet, Version version, Bytes& out);
Result<void> encode(const Pubcomp& packet, Version version, Bytes& out);
Result<void> encode(const Subscribe& packet, Version version, Bytes& out);
Result<void> encode(const Suback& packet, Version version, Bytes& out);
Result<void> encode(const Unsubscribe& packet, Version version, Bytes& out);
Result<void> encode(const Unsuback& packet, Version version, Bytes& out);
Result<void> encode(const Pingreq& packet, Version version, Bytes& out);
Result<void> encode(const Pingresp& packet, Version version, Bytes& out);
Result<void> encode(const Disconnect& packet, Version version, Bytes& out);
Result<void> encode(const Auth& packet, Version version, Bytes& out);

}  // namespace outrider::wire::mqtt
