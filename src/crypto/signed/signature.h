#pragma once
// Signing what the library does not encode by itself. Private to the room.
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/keys/key.h"

namespace outrider::crypto {

// nullptr for a key that hashes by itself (Ed25519).
const EVP_MD* digest_for(KeyType key);
// The AlgorithmIdentifier (DER) of what `sign` makes with this key.
Bytes signature_algorithm(const KeyPair& key);
// Fails (unavailable, "cannot-sign") when the key is in a device that does not answer.
Result<Bytes> sign(const KeyPair& key, ByteView bytes);

}  // namespace outrider::crypto
