#pragma once
// CRC-32C (Castagnoli; RFC 3720, B.4): finds every burst of up to 32 flipped bits. Guards against accidents, not
// people.
#include <cstdint>

#include "base/bytes.h"

namespace outrider::ledger {

// `before` is the CRC of what precedes the bytes, so that parts can be given one after the other.
std::uint32_t crc32c(ByteView bytes, std::uint32_t before = 0);

}  // namespace outrider::ledger
