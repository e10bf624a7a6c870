#pragma once
// What a device needs to sign what it reports (docs/format/signed-reading.md).
#include "crypto/keys/key.h"
#include "sim/files/keyring.h"
#include "wire/cose/signed_reading.h"

namespace outrider::sim {

class Signer {
 public:
  // The key and the serial number of the certificate that the device has now.
  static Result<Signer> create(const Credentials& credentials);

  Result<Bytes> sign(ByteView payload, wire::cose::Format format, std::uint64_t boot_count, std::uint64_t number) const;

 private:
  Signer(crypto::KeyPair key, wire::cose::Algorithm algorithm, Bytes key_id)
      : key_(std::move(key)), algorithm_(algorithm), key_id_(std::move(key_id)) {}
  crypto::KeyPair key_;
  wire::cose::Algorithm algorithm_;
  Bytes key_id_;
};

inline constexpr std::string_view signed_content_type = "application/cose; cose-type=\"cose-sign1\"";

}  // namespace outrider::sim
