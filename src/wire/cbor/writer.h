#pragma once
// Writing CBOR in the deterministic encoding (RFC 8949, 4.2.1): shortest integers and lengths, the shortest float that
// keeps the value, definite lengths only. The order of map keys is the caller's: bytewise by encoded key.
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace outrider::wire::cbor {

// Appends to the buffer it was given, which must outlive it. After `array(n)` come n items, after `map(n)` n pairs.
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}

  Writer& unsigned_integer(std::uint64_t value) { return head(0, value); }
  // -1 - value: negative integers that std::int64_t cannot hold.
  Writer& negative_integer(std::uint64_t value) { return head(1, value); }
  Writer& integer(std::int64_t value);
  Writer& bytes(ByteView value);
  Writer& text(std::string_view value);  // the caller has checked that it is UTF-8
  Writer& array(std::uint64_t count) { return head(4, count); }
  Writer& map(std::uint64_t count) { return head(5, count); }
  Writer& tag(std::uint64_t number) { return head(6, number); }
  Writer& boolean(bool value);
  Writer& null();
  Writer& undefined();
  Writer& simple(std::uint8_t value);  // 0 to 19 or 32 to 255
  Writer& floating(double value);      // every NaN is written as the one of RFC 8949, 4.2.2: 0x7e00
  // As an integer when the value is one that a double holds exactly (below 2^53), otherwise as a float; the sign of
  // zero is not kept.
  Writer& number(double value);

 private:
  Writer& head(std::uint8_t major, std::uint64_t argument);
  Writer& big_endian(std::uint64_t value, int bytes);
  Bytes& out_;
};

}  // namespace outrider::wire::cbor
