#include "crypto/x509/certificate.h"

#include <openssl/bn.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/keys/pem.h"
#include "crypto/x509/names_native.h"

namespace outrider::crypto {
namespace {

constexpr std::string_view certificate_label = "CERTIFICATE";

std::unexpected<Error> bad(std::string detail) {
  return fail(Errc::malformed, "bad-certificate", std::move(detail));
}

struct NamesFree {
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
};

Bytes octets(const ASN1_OCTET_STRING* string) {
  if (string == nullptr) return {};
  const auto* at = ASN1_STRING_get0_data(string);
  return {at, at + ASN1_STRING_length(string)};
}

Result<void> read_extensions(X509* native, Certificate& out) {
  // Computes and caches everything the getters below answer from.
  const std::uint32_t flags = X509_get_extension_flags(native);
  if ((flags & EXFLAG_INVALID) != 0) return bad("an extension cannot be read");
  out.authority = (flags & EXFLAG_CA) != 0;
  if (const long length = X509_get_pathlen(native); length >= 0) out.path_length = static_cast<unsigned>(length);
  if ((flags & EXFLAG_XKUSAGE) != 0) {
    const std::uint32_t usage = X509_get_extended_key_usage(native);
    out.client_auth = (usage & XKU_SSL_CLIENT) != 0;
    out.server_auth = (usage & XKU_SSL_SERVER) != 0;
  }
  out.subject_key_id = octets(X509_get0_subject_key_id(native));
  out.authority_key_id = octets(X509_get0_authority_key_id(native));

  int critical = -1;
  const std::unique_ptr<GENERAL_NAMES, NamesFree> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(native, NID_subject_alt_name, &critical, nullptr)));
  if (!names && critical != -1) return bad("the subjectAltName cannot be read or is there twice");
  TRY(out.names, read_alt_names(names.get()));
  return {};
}

Bytes spki_of(const X509* native) {
  std::uint8_t* out = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(native), &out);
  if (size <= 0) return {};  // describe_public_key then finds it unusable
  Bytes bytes(out, out + size);
  OPENSSL_free(out);
  return bytes;
}

}  // namespace

Result<std::string> read_serial(const ASN1_INTEGER* serial) {
  if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER) return bad("the serial number is negative");
  const Owned<BIGNUM> number(ASN1_INTEGER_to_BN(serial, nullptr));
  must(number != nullptr, "read a serial number");
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
  if (bytes.empty()) bytes.push_back(0);
  BN_bn2bin(number.get(), bytes.data());
  return hex(bytes);
}

Result<Certificate> describe_certificate(X509* native, ByteView der, PublicKey key) {
  Certificate out;
  out.der = to_bytes(der);
  TRY(out.subject, read_name(X509_get_subject_name(native)));
  TRY(out.issuer, read_name(X509_get_issuer_name(native)));
  TRY(out.serial, read_serial(X509_get0_serialNumber(native)));
  TRY(out.not_before, read_time(X509_get0_notBefore(native)));
  TRY(out.not_after, read_time(X509_get0_notAfter(native)));
  CHECK(read_extensions(native, out));
  out.key = std::move(key);
  return out;
}

std::string Certificate::pem() const {
  return to_pem(certificate_label, der);
}

Result<Certificate> parse_certificate(ByteView der) {
  if (der.size() > certificate_bytes_max)
    return fail(Errc::too_large, "bad-certificate", "the certificate is longer than 16 KiB");
  const std::uint8_t* at = der.data();
  const Owned<X509> native(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!native) return openssl_failure(Errc::malformed, "bad-certificate", "not an X.509 certificate");
  if (at != der.data() + der.size()) return bad("there are bytes behind the certificate");
  auto out = describe_certificate(native.get(), der,
                                  describe_public_key(X509_get0_pubkey(native.get()), spki_of(native.get())));
  forget_openssl_errors();
  if (!out) return fail(out.error().code, "bad-certificate", out.error().detail);
  return out;
}

Result<std::vector<Certificate>> certificates_from_pem(std::string_view text) {
  TRY(const auto blocks, from_pem(text));
  std::vector<Certificate> out;
  for (const auto& block : blocks) {
    if (block.label != certificate_label) return bad("the PEM block is '" + block.label + "', not 'CERTIFICATE'");
    TRY(auto certificate, parse_certificate(block.content));
    out.push_back(std::move(certificate));
  }
  return out;
}

Result<Certificate> certificate_from_pem(std::string_view text) {
  TRY(auto all, certificates_from_pem(text));
  if (all.size() != 1) return bad("there are " + std::to_string(all.size()) + " certificates where one belongs");
  return std::move(all.front());
}

Owned<X509> native(const Certificate& certificate) {
  const std::uint8_t* at = certificate.der.data();
  Owned<X509> out(d2i_X509(nullptr, &at, static_cast<long>(certificate.der.size())));
  if (!out) forget_openssl_errors();
  return out;
}

}  // namespace outrider::crypto
