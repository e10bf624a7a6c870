#pragma once
// Writing the few DER frames that the library cannot: what is signed in pieces. Private to the room.
#include <openssl/asn1.h>

#include "base/bytes.h"

namespace outrider::crypto::der {

inline constexpr std::uint8_t sequence = 0x30;
inline constexpr std::uint8_t bit_string = 0x03;
inline constexpr std::uint8_t octet_string = 0x04;
inline constexpr std::uint8_t explicit_0 = 0xa0;

// Tag and length, the shortest way (X.690, 10.1).
inline void begin(Bytes& out, std::uint8_t tag, std::size_t size) {
  out.push_back(tag);
  if (size < 0x80) {
    out.push_back(static_cast<std::uint8_t>(size));
    return;
  }
  std::uint8_t bytes = 1;
  while (bytes < sizeof size && size >> (8U * bytes) != 0) ++bytes;
  out.push_back(static_cast<std::uint8_t>(0x80U | bytes));
  while (bytes-- > 0) out.push_back(static_cast<std::uint8_t>(size >> (8U * bytes)));
}

inline void add(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

inline Bytes wrap(std::uint8_t tag, ByteView content) {
  Bytes out;
  out.reserve(content.size() + 6);
  begin(out, tag, content.size());
  add(out, content);
  return out;
}

// What one of the library's i2d functions writes.
template <class T>
Bytes encode(int (*i2d)(const T*, unsigned char**), const T* value) {
  unsigned char* out = nullptr;
  const int size = i2d(value, &out);
  if (size <= 0) return {};
  Bytes bytes(out, out + size);
  OPENSSL_free(out);
  return bytes;
}

}  // namespace outrider::crypto::der
