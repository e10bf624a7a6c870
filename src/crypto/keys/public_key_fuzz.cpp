// A SubjectPublicKeyInfo is what a device is known by: one key, one name.
#include <cstdlib>

#include "crypto/keys/key.h"
#include "crypto/weakness/weak_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto key = crypto::parse_public_key({data, size});
  if (!key || key->type == crypto::KeyType::other) return 0;
  (void)crypto::weakness_of(*key);
  // Usable keys are in their canonical encoding: taken apart and put together they are the same bytes.
  const auto native = crypto::native(*key);
  if (!native || crypto::describe_public_key(native.get(), key->spki) != *key) std::abort();
  return 0;
}
