#include "crypto/x509/issue.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/hash.h"
#include "crypto/random.h"
#include "crypto/revocation/places.h"
#include "crypto/signed/signature.h"
#include "crypto/x509/names_native.h"

namespace outrider::crypto {
namespace {

// RFC 5280, 4.1.2.2 allows 20 bytes; CA/Browser rules want 64 random bits. 128 make two equal ones unthinkable, so that
// a serial number alone names a certificate.
constexpr std::size_t serial_bytes = 16;

void set_serial(X509* certificate) {
  auto bytes = random_array<serial_bytes>();
  bytes.front() = static_cast<std::uint8_t>((bytes.front() & 0x3fU) | 0x40U);  // positive, and always 16 bytes long
  const Owned<BIGNUM> number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  must(number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
       "make a serial number");
}

Result<void> set_subject(X509* certificate, const CertificateTemplate& what) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto add = [&](int attribute, const std::string& text) {
    return X509_NAME_add_entry_by_NID(name, attribute, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
  };
  if (what.organization && !add(NID_organizationName, *what.organization))
    return openssl_failure(Errc::malformed, "bad-name", "the organization does not fit (1 to 64 bytes of UTF-8)");
  if (!add(NID_commonName, what.common_name))
    return openssl_failure(Errc::malformed, "bad-name", "the common name does not fit (1 to 64 bytes of UTF-8)");
  return {};
}

void set_time(ASN1_TIME* to, Timestamp at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  must(ASN1_TIME_set(to, seconds) != nullptr, "make a time");  // UTCTime until 2049, then GeneralizedTime
}

void add(X509* certificate, int extension, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, nullptr, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> made(X509V3_EXT_conf_nid(nullptr, &context, extension, value));
  must(made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1, "add an extension");
}

// RFC 7093, method 1: the first 20 bytes of SHA-256 over the public key (here with its algorithm).
Bytes key_id(const PublicKey& key) {
  const Digest digest = sha256(key.spki);
  return {digest.begin(), digest.begin() + 20};
}

void add_key_ids(X509* certificate, ByteView subject, ByteView issuer) {
  const Owned<ASN1_OCTET_STRING> id(ASN1_OCTET_STRING_new());
  must(id != nullptr && ASN1_OCTET_STRING_set(id.get(), subject.data(), static_cast<int>(subject.size())) == 1 &&
           X509_add1_ext_i2d(certificate, NID_subject_key_identifier, id.get(), 0, X509V3_ADD_DEFAULT) == 1,
       "add a subject key identifier");
  AUTHORITY_KEYID* authority = AUTHORITY_KEYID_new();
  must(authority != nullptr && (authority->keyid = ASN1_OCTET_STRING_new()) != nullptr &&
           ASN1_OCTET_STRING_set(authority->keyid, issuer.data(), static_cast<int>(issuer.size())) == 1 &&
           X509_add1_ext_i2d(certificate, NID_authority_key_identifier, authority, 0, X509V3_ADD_DEFAULT) == 1,
       "add an authority key identifier");
  AUTHORITY_KEYID_free(authority);
}

void add_usage(X509* certificate, const CertificateTemplate& what) {
  std::string usage;
  const auto name = [&](bool wanted, std::string_view word) {
    if (wanted) usage.append(usage.empty() ? "" : ",").append(word);
  };
  name(what.client_auth, "clientAuth");
  name(what.server_auth, "serverAuth");
  name(what.ocsp_signing, "OCSPSigning");
  if (!usage.empty()) add(certificate, NID_ext_key_usage, usage.c_str());
  // Who would ask about the one who answers?
  if (what.ocsp_signing && !what.authority) add(certificate, NID_id_pkix_OCSP_noCheck, "ignored");
}

void add_places(X509* certificate, const CertificateTemplate& what) {
  if (!what.crl_url.empty()) {
    CRL_DIST_POINTS* const points = make_distribution_points({what.crl_url});
    must(X509_add1_ext_i2d(certificate, NID_crl_distribution_points, points, 0, X509V3_ADD_DEFAULT) == 1,
         "add distribution points");
    CRL_DIST_POINTS_free(points);
  }
  if (AUTHORITY_INFO_ACCESS* const access = make_information_access(what.ocsp_url, what.issuer_url)) {
    must(X509_add1_ext_i2d(certificate, NID_info_access, access, 0, X509V3_ADD_DEFAULT) == 1,
         "add an information access");
    AUTHORITY_INFO_ACCESS_free(access);
  }
}

Result<void> add_extensions(X509* certificate, const CertificateTemplate& what, ByteView issuer_key_id) {
  if (what.authority) {
    const std::string length = what.path_length ? ",pathlen:" + std::to_string(*what.path_length) : "";
    add(certificate, NID_basic_constraints, ("critical,CA:TRUE" + length).c_str());
    add(certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add(certificate, NID_basic_constraints, "critical,CA:FALSE");
    add(certificate, NID_key_usage, "critical,digitalSignature");
  }
  add_usage(certificate, what);
  add_places(certificate, what);
  add_key_ids(certificate, key_id(what.key), issuer_key_id);
  TRY(const auto names, make_alt_names(what.names));
  if (names) must(X509_add_ext(certificate, names.get(), -1) == 1, "add names");
  return {};
}

// Writes the key's parts into the certificate. X509_set_pubkey would encode and decode the key again, which takes
// longer than the signature.
Result<void> set_key(X509* certificate, const PublicKey& key) {
  const auto put = [&](int algorithm, int parameter_type, void* parameter, std::size_t key_bytes) {
    const ByteView raw = ByteView(key.spki).last(key_bytes);
    auto* copy = static_cast<std::uint8_t*>(OPENSSL_memdup(raw.data(), raw.size()));
    must(copy != nullptr && X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(certificate), OBJ_nid2obj(algorithm),
                                                   parameter_type, parameter, copy, static_cast<int>(raw.size())) == 1,
         "set the public key");
  };
  switch (key.type) {
    case KeyType::p256:
      put(NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, OBJ_nid2obj(NID_X9_62_prime256v1), 65);
      return {};
    case KeyType::p384:
      put(NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, OBJ_nid2obj(NID_secp384r1), 97);
      return {};
    case KeyType::ed25519:
      put(NID_ED25519, V_ASN1_UNDEF, nullptr, 32);
      return {};
    case KeyType::rsa:
    case KeyType::other:
      break;
  }
  const auto decoded = native(key);
  if (!decoded) return fail(Errc::malformed, "bad-key", "the public key to certify cannot be used");
  must(X509_set_pubkey(certificate, decoded.get()) == 1, "set the public key");
  return {};
}

void set_issuer(X509* certificate, ByteView name_der) {
  const std::uint8_t* at = name_der.data();
  X509_NAME* name = d2i_X509_NAME(nullptr, &at, static_cast<long>(name_der.size()));
  must(name != nullptr && X509_set_issuer_name(certificate, name) == 1, "set the issuer");
  X509_NAME_free(name);
}

// `issuer`: nullptr for a certificate signed by its own key.
Result<Certificate> issue(const CertificateTemplate& what, const Certificate* issuer, const KeyPair& issuer_key) {
  const Owned<X509> certificate(X509_new());
  must(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "make a certificate");
  CHECK(set_key(certificate.get(), what.key));
  set_serial(certificate.get());
  CHECK(set_subject(certificate.get(), what));
  if (issuer == nullptr) {
    must(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1, "set the issuer");
  } else {
    set_issuer(certificate.get(), issuer->subject.der);
  }
  set_time(X509_getm_notBefore(certificate.get()), what.not_before);
  set_time(X509_getm_notAfter(certificate.get()), what.not_after);
  CHECK(add_extensions(certificate.get(), what, issuer == nullptr ? key_id(what.key) : issuer->subject_key_id));
  if (X509_sign(certificate.get(), issuer_key.native(), digest_for(issuer_key.public_key().type)) <= 0)
    return openssl_failure(Errc::unavailable, "cannot-sign", "the issuer's key cannot sign");

  std::uint8_t* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  must(size > 0, "encode a certificate");
  const Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return describe_certificate(certificate.get(), bytes, what.key);
}

}  // namespace

Result<Certificate> issue_certificate(const CertificateTemplate& what, const Certificate& issuer,
                                      const KeyPair& issuer_key) {
  return issue(what, &issuer, issuer_key);
}

Result<Certificate> issue_self_signed(const CertificateTemplate& what, const KeyPair& key) {
  CertificateTemplate own = what;
  own.key = key.public_key();
  return issue(own, nullptr, key);
}

}  // namespace outrider::crypto
