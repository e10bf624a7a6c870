#pragma once
// Other people's authorities for tests: makers that issue IDevIDs (IEEE 802.1AR) and CAs that have issued device
// certificates, with whatever names and times a test wants.
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/keys/key.h"
#include "crypto/x509/certificate.h"

namespace outrider::identity::testing {

struct ForeignName {
  std::string common_name;
  std::string serial_number;                // subject serialNumber
  std::optional<std::string> alternatives;  // subjectAltName as OpenSSL's configuration writes it
  std::string hardware_serial;              // hwSerialNum of a hardwareModuleName, up to 64 bytes
  std::string not_before = "20200101000000Z";
  std::string not_after = "99991231235959Z";
};

class ForeignCa {
 public:
  explicit ForeignCa(const std::string& name, const std::string& not_after = "20460101000000Z")
      : key_(crypto::KeyPair::generate(crypto::KeyType::p256)),
        certificate_(
            make({.common_name = name, .not_after = not_after}, key_.public_key(), "critical,CA:TRUE", nullptr)) {}

  const crypto::Certificate& certificate() const { return certificate_; }
  crypto::Certificate issue(const ForeignName& name, const crypto::PublicKey& key) const {
    return make(name, key, "CA:FALSE", &certificate_);
  }
  // A CA that this one vouches for.
  ForeignCa below(const std::string& name) const {
    ForeignCa out(name);
    out.certificate_ = make({.common_name = name}, out.key_.public_key(), "critical,CA:TRUE", &certificate_);
    return out;
  }

 private:
  static void add(X509_NAME* to, const char* what, const std::string& text) {
    if (!text.empty())
      X509_NAME_add_entry_by_txt(to, what, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                 static_cast<int>(text.size()), -1, 0);
  }
  static void extend(X509* to, int kind, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, nullptr, to, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    crypto::must(extension != nullptr, "make an extension");
    X509_add_ext(to, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static Bytes tlv(std::uint8_t tag, ByteView content) {  // shorter than 128 bytes
    ByteWriter out;
    out.u8(tag).u8(static_cast<std::uint8_t>(content.size())).raw(content);
    return std::move(out).take();
  }
  static Bytes joined(const Bytes& a, const Bytes& b) {
    ByteWriter out;
    out.raw(a).raw(b);
    return std::move(out).take();
  }
  // subjectAltName with a hardwareModuleName (RFC 4108, 5) of the hardware type 1.2.3.
  static void add_hardware_name(X509* to, const std::string& serial) {
    const Bytes name = tlv(0x30, joined(tlv(0x06, Bytes{0x2a, 0x03}), tlv(0x04, as_bytes(serial))));
    const Bytes oid = tlv(0x06, Bytes{0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x04});
    const Bytes value = tlv(0x30, tlv(0xa0, joined(oid, tlv(0xa0, name))));
    const crypto::Owned<ASN1_OCTET_STRING> octets(ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(octets.get(), value.data(), static_cast<int>(value.size()));
    X509_EXTENSION* const extension = X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, octets.get());
    X509_add_ext(to, extension, -1);
    X509_EXTENSION_free(extension);
  }
  crypto::Certificate make(const ForeignName& name, const crypto::PublicKey& key, const std::string& constraints,
                           const crypto::Certificate* issuer) const {
    static long serial = 0x1000;
    const crypto::Owned<X509> made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
    ASN1_TIME_set_string(X509_getm_notBefore(made.get()), name.not_before.c_str());
    ASN1_TIME_set_string(X509_getm_notAfter(made.get()), name.not_after.c_str());
    add(X509_get_subject_name(made.get()), "CN", name.common_name);
    add(X509_get_subject_name(made.get()), "serialNumber", name.serial_number);
    const auto above = issuer == nullptr ? crypto::Owned<X509>() : crypto::native(*issuer);
    X509_set_issuer_name(made.get(), X509_get_subject_name(above ? above.get() : made.get()));
    const auto subject_key = crypto::native(key);
    X509_set_pubkey(made.get(), subject_key.get());
    extend(made.get(), NID_basic_constraints, constraints);
    if (name.alternatives) extend(made.get(), NID_subject_alt_name, *name.alternatives);
    if (!name.hardware_serial.empty()) add_hardware_name(made.get(), name.hardware_serial);
    crypto::must(X509_sign(made.get(), key_.native(), EVP_sha256()) > 0, "sign a certificate");
    std::uint8_t* der = nullptr;
    const int size = i2d_X509(made.get(), &der);
    const Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return crypto::parse_certificate(bytes).value();
  }

  crypto::KeyPair key_;
  crypto::Certificate certificate_;
};

}  // namespace outrider::identity::testing
