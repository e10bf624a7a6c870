#include "gateway/mqtt/signed/signatures.h"

#include <fmt/format.h>

namespace outrider::gateway::mqtt {
namespace {

using wire::cose::Algorithm;

// RFC 9053, 2.1 lets ES256 go with any curve; here each algorithm has its key, as RFC 9864 has it since.
crypto::KeyType key_for(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::ES256:
      return crypto::KeyType::p256;
    case Algorithm::ES384:
      return crypto::KeyType::p384;
    case Algorithm::EdDSA:
      return crypto::KeyType::ed25519;
  }
  return crypto::KeyType::other;
}

}  // namespace

NumberBook::NumberBook(std::vector<fleet::KeyMark> marks) {
  for (fleet::KeyMark& each : marks) {
    std::string key = key_of(each.fleet, each.device, each.key_id);
    Shelf& shelf = shelf_of(key);
    shelf.marks.emplace(std::move(key), each.mark);
  }
}

NumberBook::Shelf& NumberBook::shelf_of(const std::string& key) {
  return shelves_[std::hash<std::string>{}(key) % shelves_.size()];
}

std::string NumberBook::key_of(const FleetId& fleet, const DeviceId& device, const std::string& key_id) {
  return fmt::format("{}/{}/{}", fleet.value, device.value, key_id);
}

Result<void> NumberBook::take(const FleetId& fleet, const DeviceId& device, const wire::cose::SignedReading& reading,
                              const crypto::Digest& message) {
  const std::string key = key_of(fleet, device, hex(reading.key_id));
  Shelf& shelf = shelf_of(key);
  const std::lock_guard lock(shelf.mutex);
  fleet::Mark& mark = shelf.marks[key];
  switch (mark.judge(reading.boot_count, reading.number, message)) {
    case fleet::Mark::Verdict::fresh:
      mark.take(reading.boot_count, reading.number, message);
      return {};
    case fleet::Mark::Verdict::repeated:
      return {};
    case fleet::Mark::Verdict::old:
      break;
  }
  return fail(Errc::forbidden, "signed-number-old",
              fmt::format("number {} of boot {} is not after number {} of boot {}, which this key has signed already",
                          reading.number, reading.boot_count, mark.number(), mark.boot_count()));
}

Result<const crypto::VerifyingKey*> Signatures::key_of(const fleet::Signer& signer) {
  if (!key_ || spki_sha256_ != signer.spki_sha256) {
    TRY(auto key, crypto::VerifyingKey::create(signer.spki));
    key_ = std::move(key);
    spki_sha256_ = signer.spki_sha256;
  }
  return &*key_;
}

Result<facts::Trust> Signatures::verify(const wire::cose::SignedReading& reading) {
  TRY(const auto signer, rooms_.signer(fleet_, device_, reading.key_id));
  TRY(const auto* const key, key_of(signer));
  if (key->type() != key_for(reading.algorithm))
    return fail(Errc::malformed, "alg-key-mismatch",
                fmt::format("{} is not the algorithm of a key {}", wire::cose::name_of(reading.algorithm),
                            crypto::name_of(key->type())));
  if (!key->verify(reading.to_be_signed(), reading.signature))
    return fail(Errc::forbidden, "bad-signature",
                fmt::format("the signature is not one of identity {} over these bytes", signer.serial));
  rooms_.verified.add();
  return signer.attested ? facts::Trust::device_signed_attested : facts::Trust::device_signed;
}

}  // namespace outrider::gateway::mqtt
