#pragma once
// What a device does that signs its readings.
#include <string_view>

#include "crypto/signed/plain_signature.h"
#include "wire/cose/sign1.h"
#include "wire/cose/signed_reading.h"

namespace outrider::gateway::testing {

inline wire::cose::Algorithm algorithm_for(crypto::KeyType key) {
  if (key == crypto::KeyType::p384) return wire::cose::Algorithm::ES384;
  return key == crypto::KeyType::ed25519 ? wire::cose::Algorithm::EdDSA : wire::cose::Algorithm::ES256;
}

// `header.algorithm` is the key's own.
inline Bytes sign_reading(const crypto::KeyPair& key, wire::cose::ReadingHeader header, ByteView payload) {
  header.algorithm = algorithm_for(key.public_key().type);
  const Bytes protected_bytes = wire::cose::protected_headers(header);
  const Bytes signature = crypto::sign_plain(key, wire::cose::to_be_signed(protected_bytes, payload)).value();
  return wire::cose::encode_sign1(protected_bytes, payload, signature);
}

// JSON, with the serial number as key id.
inline Bytes sign_reading(const crypto::KeyPair& key, std::string_view serial, std::uint64_t boot_count,
                          std::uint64_t number, std::string_view payload) {
  return sign_reading(key,
                      {.format = wire::cose::Format::json,
                       .key_id = from_hex(serial).value(),
                       .boot_count = boot_count,
                       .number = number},
                      as_bytes(payload));
}

}  // namespace outrider::gateway::testing
