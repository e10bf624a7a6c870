// Reading a certificate that TLS has decoded and verified already, without paying for that again: OpenSSL 3.0 spends
// most of the time of d2i_X509 in decoding the public key. Here the frame of the certificate is walked by hand, and the
// library reads the parts that are cheap.
#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <optional>

#include "crypto/x509/certificate.h"
#include "crypto/x509/names_native.h"

namespace outrider::crypto {
namespace {

constexpr std::uint8_t tag_integer = 0x02;
constexpr std::uint8_t tag_bit_string = 0x03;
constexpr std::uint8_t tag_sequence = 0x30;
constexpr std::uint8_t tag_version = 0xa0;     // [0] EXPLICIT
constexpr std::uint8_t tag_extensions = 0xa3;  // [3] EXPLICIT

std::unexpected<Error> bad(std::string detail) {
  return fail(Errc::malformed, "bad-certificate", std::move(detail));
}

struct Element {
  std::uint8_t tag = 0;
  ByteView content;
  ByteView whole;  // with tag and length
};

// DER: definite lengths in their shortest form (X.690, 10.1), tags of one byte.
Result<Element> next(ByteReader& reader) {
  const ByteView from = reader.rest();
  TRY(const auto tag, reader.u8());
  TRY(std::size_t size, reader.u8());
  if (size == 0x81) {
    TRY(size, reader.u8());
    if (size < 0x80) return bad("a length is not in its shortest form");
  } else if (size == 0x82) {
    TRY(size, reader.u16());
    if (size < 0x100) return bad("a length is not in its shortest form");
  } else if (size >= 0x80) {
    return bad("a length does not fit a certificate");
  }
  TRY(const auto content, reader.take(size));
  return Element{tag, content, from.first(from.size() - reader.left())};
}

Result<Element> expect(ByteReader& reader, std::uint8_t tag) {
  TRY(const auto element, next(reader));
  if (element.tag != tag) return bad("the certificate is not made as RFC 5280 says");
  return element;
}

// A SubjectPublicKeyInfo in DER: an encoding with slack in it would give the key a second name.
Result<void> check_spki(ByteView content) {
  ByteReader parts(content);
  TRY(const auto algorithm, expect(parts, tag_sequence));
  for (ByteReader inside(algorithm.content); !inside.empty();) CHECK(next(inside));
  TRY(const auto key, expect(parts, tag_bit_string));
  if (key.content.empty() || key.content.front() != 0) return bad("the public key has stray bits");
  return parts.finish();
}

struct Free {
  void operator()(X509_NAME* p) const { X509_NAME_free(p); }
  void operator()(ASN1_TIME* p) const { ASN1_TIME_free(p); }
  void operator()(X509_EXTENSIONS* p) const { sk_X509_EXTENSION_pop_free(p, X509_EXTENSION_free); }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
  void operator()(BASIC_CONSTRAINTS* p) const { BASIC_CONSTRAINTS_free(p); }
  void operator()(EXTENDED_KEY_USAGE* p) const { EXTENDED_KEY_USAGE_free(p); }
  void operator()(AUTHORITY_KEYID* p) const { AUTHORITY_KEYID_free(p); }
};

// One of the library's d2i functions over exactly these bytes.
template <class T>
std::unique_ptr<T, Free> decode(T* (*d2i)(T**, const unsigned char**, long), ByteView der) {
  const std::uint8_t* at = der.data();
  std::unique_ptr<T, Free> out(d2i(nullptr, &at, static_cast<long>(der.size())));
  if (out && at != der.data() + der.size()) out.reset();
  return out;
}

// nullptr when absent; `broken` when it is there and cannot be read, or twice.
template <class T>
std::unique_ptr<T, Free> extension(const X509_EXTENSIONS* all, int kind, bool& broken) {
  int critical = -1;
  std::unique_ptr<T, Free> out(static_cast<T*>(X509V3_get_d2i(all, kind, &critical, nullptr)));
  if (!out && critical != -1) broken = true;
  return out;
}

Result<void> read_extensions(ByteView der, VerifiedCertificate& out) {
  const auto all = decode(d2i_X509_EXTENSIONS, der);
  if (!all) return bad("the extensions cannot be read");
  bool broken = false;
  const auto names = extension<GENERAL_NAMES>(all.get(), NID_subject_alt_name, broken);
  const auto basic = extension<BASIC_CONSTRAINTS>(all.get(), NID_basic_constraints, broken);
  const auto usage = extension<EXTENDED_KEY_USAGE>(all.get(), NID_ext_key_usage, broken);
  const auto issuer = extension<AUTHORITY_KEYID>(all.get(), NID_authority_key_identifier, broken);
  if (broken) return bad("an extension cannot be read");
  TRY(out.names, read_alt_names(names.get()));
  out.authority = basic && basic->ca != 0;
  for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage.get()); ++i)
    if (OBJ_obj2nid(sk_ASN1_OBJECT_value(usage.get(), i)) == NID_client_auth) out.client_auth = true;
  if (issuer && issuer->keyid != nullptr) {
    const auto* at = ASN1_STRING_get0_data(issuer->keyid);
    out.authority_key_id.assign(at, at + ASN1_STRING_length(issuer->keyid));
  }
  return {};
}

Result<Timestamp> read_time_der(ByteReader& validity) {
  TRY(const auto element, next(validity));
  const auto time = decode(d2i_ASN1_TIME, element.whole);
  if (!time) return bad("a time cannot be read");
  return read_time(time.get());
}

Result<VerifiedCertificate> read(ByteView der) {
  VerifiedCertificate out;
  ByteReader outer(der);
  TRY(const auto certificate, expect(outer, tag_sequence));
  CHECK(outer.finish());
  ByteReader parts(certificate.content);
  TRY(const auto signed_part, expect(parts, tag_sequence));
  ByteReader tbs(signed_part.content);  // RFC 5280, 4.1.1.1
  CHECK(expect(tbs, tag_version));
  TRY(const auto serial, expect(tbs, tag_integer));
  ByteView number = serial.content;
  if (number.empty() || (number.front() & 0x80U) != 0) return bad("the serial number is not positive");
  while (number.size() > 1 && number.front() == 0) number = number.subspan(1);
  out.serial = hex(number);
  CHECK(expect(tbs, tag_sequence));  // signature algorithm
  CHECK(expect(tbs, tag_sequence));  // issuer
  TRY(const auto validity, expect(tbs, tag_sequence));
  ByteReader times(validity.content);
  TRY(out.not_before, read_time_der(times));
  TRY(out.not_after, read_time_der(times));
  TRY(const auto subject, expect(tbs, tag_sequence));
  const auto name = decode(d2i_X509_NAME, subject.whole);
  if (!name) return bad("the subject cannot be read");
  TRY(out.subject, read_name(name.get()));
  TRY(const auto key, expect(tbs, tag_sequence));
  CHECK(check_spki(key.content));
  out.spki = to_bytes(key.whole);
  while (!tbs.empty()) {  // unique identifiers, which nobody uses, may stand before the extensions
    TRY(const auto element, next(tbs));
    if (element.tag == tag_extensions) CHECK(read_extensions(element.content, out));
  }
  return out;
}

}  // namespace

Result<VerifiedCertificate> parse_verified_certificate(ByteView der) {
  if (der.size() > certificate_bytes_max)
    return fail(Errc::too_large, "bad-certificate", "the certificate is longer than 16 KiB");
  auto out = read(der);
  forget_openssl_errors();
  if (!out) return bad(out.error().detail);
  return out;
}

}  // namespace outrider::crypto
