#include "crypto/random.h"

#include <openssl/rand.h>

#include "crypto/openssl.h"

namespace outrider::crypto {

void fill_random(std::span<std::uint8_t> out) {
  must(RAND_bytes_ex(nullptr, out.data(), out.size(), 0) == 1, "random bytes");
}

Bytes random_bytes(std::size_t count) {
  Bytes out(count);
  fill_random(out);
  return out;
}

Secret random_secret(std::size_t count) {
  Bytes out(count);
  must(RAND_priv_bytes_ex(nullptr, out.data(), out.size(), 0) == 1, "random bytes");
  return Secret(std::move(out));
}

}  // namespace outrider::crypto
