#include "sim/device/signer.h"

#include "crypto/signed/plain_signature.h"
#include "crypto/x509/certificate.h"
#include "wire/cose/sign1.h"

namespace outrider::sim {

using wire::cose::Algorithm;

Result<Signer> Signer::create(const Credentials& credentials) {
  TRY(auto key, crypto::KeyPair::from_pem(credentials.key));
  TRY(const auto chain, crypto::certificates_from_pem(credentials.chain));
  if (chain.empty()) return fail(Errc::malformed, "no-certificate", "no certificate to sign with");
  TRY(auto key_id, from_hex(chain.front().serial));
  const auto type = key.public_key().type;
  const Algorithm algorithm = type == crypto::KeyType::p384      ? Algorithm::ES384
                              : type == crypto::KeyType::ed25519 ? Algorithm::EdDSA
                                                                 : Algorithm::ES256;
  return Signer(std::move(key), algorithm, std::move(key_id));
}

Result<Bytes> Signer::sign(ByteView payload, wire::cose::Format format, std::uint64_t boot_count,
                           std::uint64_t number) const {
  const Bytes headers = wire::cose::protected_headers(
      {.algorithm = algorithm_, .format = format, .key_id = key_id_, .boot_count = boot_count, .number = number});
  TRY(const Bytes signature, crypto::sign_plain(key_, wire::cose::to_be_signed(headers, payload)));
  return wire::cose::encode_sign1(headers, payload, signature);
}

}  // namespace outrider::sim
