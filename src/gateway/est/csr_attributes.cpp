#include "gateway/est/csr_attributes.h"

namespace outrider::gateway::est {
namespace {

constexpr std::uint8_t tag_integer = 0x02;
constexpr std::uint8_t tag_oid = 0x06;
constexpr std::uint8_t tag_sequence = 0x30;
constexpr std::uint8_t tag_set = 0x31;

// Everything here is shorter than 128 bytes, so a length is one byte.
Bytes der(std::uint8_t tag, std::initializer_list<ByteView> parts) {
  ByteWriter content;
  for (const ByteView part : parts) content.raw(part);
  ByteWriter out;
  out.u8(tag).u8(static_cast<std::uint8_t>(content.size())).raw(content.bytes());
  return std::move(out).take();
}

Bytes oid(std::initializer_list<std::uint8_t> content) {
  return der(tag_oid, {ByteView(content.begin(), content.size())});
}

Bytes ec_public_key() {
  return oid({0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01});
}  // 1.2.840.10045.2.1
Bytes prime256v1() {
  return oid({0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07});
}  // 1.2.840.10045.3.1.7
Bytes secp384r1() {
  return oid({0x2b, 0x81, 0x04, 0x00, 0x22});
}  // 1.3.132.0.34
Bytes ecdsa_sha256() {
  return oid({0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02});
}  // 1.2.840.10045.4.3.2
Bytes ecdsa_sha384() {
  return oid({0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03});
}  // 1.2.840.10045.4.3.3
Bytes ed25519() {
  return oid({0x2b, 0x65, 0x70});
}  // 1.3.101.112
Bytes rsa() {
  return oid({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01});
}  // 1.2.840.113549.1.1.1
Bytes rsa_sha256() {
  return oid({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b});
}  // 1.2.840.113549.1.1.11

Bytes attribute(ByteView type, ByteView value) {
  return der(tag_sequence, {type, der(tag_set, {value})});
}

}  // namespace

Bytes csr_attributes(const identity::KeyPolicy& policy) {
  if (policy.p256) return der(tag_sequence, {attribute(ec_public_key(), prime256v1()), ecdsa_sha256()});
  if (policy.p384) return der(tag_sequence, {attribute(ec_public_key(), secp384r1()), ecdsa_sha384()});
  if (policy.ed25519) return der(tag_sequence, {ed25519()});
  if (policy.rsa_bits_min > 0) {
    ByteWriter bits;  // two bytes with the top bit clear: RSA-2048 to RSA-8192
    bits.u16(static_cast<std::uint16_t>(policy.rsa_bits_min));
    return der(tag_sequence, {attribute(rsa(), der(tag_integer, {bits.bytes()})), rsa_sha256()});
  }
  return der(tag_sequence, {});
}

}  // namespace outrider::gateway::est
