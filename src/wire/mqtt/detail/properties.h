#pragma once
// Properties on the wire (MQTT 5, 2.2.2).
#include "wire/mqtt/detail/carriers.h"
#include "wire/mqtt/detail/fields.h"
#include "wire/mqtt/packet.h"

namespace outrider::wire::mqtt::detail {

// A peer may repeat user properties without end; nobody sends more than a few.
inline constexpr std::size_t user_properties_max = 64;

// Reads the property length and the properties. `carrier` is the one bit of the packet type or `in_will`.
Result<Properties> read_properties(ByteReader& in, Carriers carrier);
void write_properties(FieldWriter& out, const Properties& properties);
bool empty(const Properties& properties);

}  // namespace outrider::wire::mqtt::detail
