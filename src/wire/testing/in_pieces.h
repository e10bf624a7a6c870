#pragma once
// For fuzz targets of decoders that are fed a stream: however it is cut, they must find the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"

namespace outrider::wire::testing {

// Takes the next piece off the stream.
template <class NextSize>
ByteView cut(ByteView& stream, NextSize& next_size) {
  const ByteView piece = stream.first(std::clamp<std::size_t>(next_size(), 1, stream.size()));
  stream = stream.subspan(piece.size());
  return piece;
}

// What `decode(stream, next_size)`, a new decoder fed by cut(), finds in the whole stream. Aborts when it finds
// something else in single bytes, or in pieces whose sizes have up to `size_bits` bits and follow from `seed`.
template <class Decode>
auto same_in_pieces(ByteView stream, std::uint8_t seed, unsigned size_bits, const Decode& decode) {
  const auto whole = decode(stream, [&] { return stream.size(); });
  const auto single = decode(stream, [] { return std::size_t{1}; });
  std::uint32_t state = seed;
  const auto mixed = decode(stream, [&] {
    state = state * 1'664'525 + 1'013'904'223;
    return std::size_t{state >> (32U - size_bits)};
  });
  if (whole != single || whole != mixed) std::abort();
  return whole;
}

}  // namespace outrider::wire::testing
