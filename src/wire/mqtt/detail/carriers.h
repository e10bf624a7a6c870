#pragma once
// Sets of packet types, for the tables of the specification that say which packet may carry what.
#include <concepts>
#include <cstdint>

#include "wire/mqtt/packet.h"

namespace outrider::wire::mqtt::detail {

// One bit a packet type; bit 0, which no type has, stands for the Will inside CONNECT.
using Carriers = std::uint16_t;
inline constexpr Carriers in_will = 1;

template <std::same_as<PacketType>... Types>
constexpr Carriers in(Types... types) {
  return static_cast<Carriers>((0U | ... | (1U << static_cast<unsigned>(types))));
}

// MQTT 5, 2.4 and the table of each packet: whether the packet type may carry the reason code.
bool may_carry(PacketType type, ReasonCode code);

}  // namespace outrider::wire::mqtt::detail
