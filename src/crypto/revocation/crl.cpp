#include "crypto/revocation/crl.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

#include "crypto/revocation/places.h"
#include "crypto/signed/der.h"
#include "crypto/signed/signature.h"
#include "crypto/x509/names_native.h"

namespace outrider::crypto {
namespace {

// RFC 5280, 5.3.1; 7 is not used.
constexpr std::array reasons{
    std::pair{std::string_view("unspecified"), 0},        std::pair{std::string_view("keyCompromise"), 1},
    std::pair{std::string_view("cACompromise"), 2},       std::pair{std::string_view("affiliationChanged"), 3},
    std::pair{std::string_view("superseded"), 4},         std::pair{std::string_view("cessationOfOperation"), 5},
    std::pair{std::string_view("certificateHold"), 6},    std::pair{std::string_view("removeFromCRL"), 8},
    std::pair{std::string_view("privilegeWithdrawn"), 9}, std::pair{std::string_view("aACompromise"), 10},
};

struct Free {
  void operator()(X509_REVOKED* p) const { X509_REVOKED_free(p); }
  void operator()(X509_CRL* p) const { X509_CRL_free(p); }
  void operator()(ASN1_STRING* p) const { ASN1_STRING_free(p); }
  void operator()(AUTHORITY_KEYID* p) const { AUTHORITY_KEYID_free(p); }
  void operator()(ISSUING_DIST_POINT* p) const { ISSUING_DIST_POINT_free(p); }
  void operator()(CRL_DIST_POINTS* p) const { CRL_DIST_POINTS_free(p); }
  void operator()(X509_EXTENSIONS* p) const { sk_X509_EXTENSION_pop_free(p, X509_EXTENSION_free); }
};
template <class T>
using Own = std::unique_ptr<T, Free>;

Own<ASN1_TIME> time_of(Timestamp at) {
  Own<ASN1_TIME> out(ASN1_TIME_set(nullptr, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count()));
  must(out != nullptr, "make a time");
  return out;
}

Own<ASN1_INTEGER> integer_of(std::uint64_t number) {
  Own<ASN1_INTEGER> out(ASN1_INTEGER_new());
  must(out != nullptr && ASN1_INTEGER_set_uint64(out.get(), number) == 1, "make a number");
  return out;
}

// The extension of that kind with that value, behind the others.
void add(X509_EXTENSIONS* to, int kind, void* value, bool critical) {
  Owned<X509_EXTENSION> extension(X509V3_EXT_i2d(kind, critical ? 1 : 0, value));
  must(extension != nullptr && sk_X509_EXTENSION_push(to, extension.get()) > 0, "add an extension");
  (void)extension.release();
}

void add_scope(X509_EXTENSIONS* to, CrlScope scope) {
  const Own<ISSUING_DIST_POINT> point(ISSUING_DIST_POINT_new());
  must(point != nullptr, "make a distribution point");
  // It names no place: a list with one would not speak of certificates that do not name the same (6.3.3, b).
  (scope == CrlScope::users ? point->onlyuser : point->onlyCA) = 1;
  add(to, NID_issuing_distribution_point, point.get(), true);
}

void add_delta_url(X509_EXTENSIONS* to, const std::string& url) {
  const Own<CRL_DIST_POINTS> points(make_distribution_points({url}));
  must(points != nullptr, "make a distribution point");
  add(to, NID_freshest_crl, points.get(), false);
}

Bytes extensions_of(const CrlTemplate& what, const Certificate& issuer) {
  const Own<X509_EXTENSIONS> all(sk_X509_EXTENSION_new_null());
  const Own<AUTHORITY_KEYID> key(AUTHORITY_KEYID_new());
  must(all != nullptr && key != nullptr && (key->keyid = ASN1_OCTET_STRING_new()) != nullptr &&
           ASN1_OCTET_STRING_set(key->keyid, issuer.subject_key_id.data(),
                                 static_cast<int>(issuer.subject_key_id.size())) == 1,
       "add an authority key identifier");
  add(all.get(), NID_authority_key_identifier, key.get(), false);  // 5.2.1
  add(all.get(), NID_crl_number, integer_of(what.number).get(), false);
  if (what.base_number) add(all.get(), NID_delta_crl, integer_of(*what.base_number).get(), true);
  add_scope(all.get(), what.scope);
  if (!what.delta_url.empty() && !what.base_number) add_delta_url(all.get(), what.delta_url);
  return der::encode(i2d_X509_EXTENSIONS, all.get());
}

std::unexpected<Error> bad_crl(std::string_view what) {
  return openssl_failure(Errc::malformed, "bad-crl", what);
}

Result<std::uint64_t> number_of(X509_CRL* list, int kind, bool& there) {
  int critical = -1;
  const Own<ASN1_INTEGER> value(static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(list, kind, &critical, nullptr)));
  there = value != nullptr;
  std::uint64_t out = 0;
  if (value && ASN1_INTEGER_get_uint64(&out, value.get()) != 1) return bad_crl("a number is too large");
  return out;
}

}  // namespace

std::optional<int> reason_code(std::string_view name) {
  for (const auto& [text, code] : reasons)
    if (text == name) return code;
  return std::nullopt;
}

Result<Bytes> revoked_element(const std::string& serial, Timestamp when, std::string_view reason) {
  const auto bytes = from_hex(serial);
  if (!bytes || bytes->empty()) return fail(Errc::malformed, "bad-serial", "a serial number is not hexadecimal");
  const Own<X509_REVOKED> one(X509_REVOKED_new());
  const Owned<BIGNUM> number(BN_bin2bn(bytes->data(), static_cast<int>(bytes->size()), nullptr));
  must(one != nullptr && number != nullptr, "make an element of a revocation list");
  const Own<ASN1_INTEGER> native(BN_to_ASN1_INTEGER(number.get(), nullptr));
  const auto time = time_of(when);
  must(native != nullptr && X509_REVOKED_set_serialNumber(one.get(), native.get()) == 1 &&
           X509_REVOKED_set_revocationDate(one.get(), time.get()) == 1,
       "make an element of a revocation list");
  if (const int code = reason_code(reason).value_or(0); code != 0) {
    const Own<ASN1_ENUMERATED> value(ASN1_ENUMERATED_new());
    must(value != nullptr && ASN1_ENUMERATED_set(value.get(), code) == 1 &&
             X509_REVOKED_add1_ext_i2d(one.get(), NID_crl_reason, value.get(), 0, X509V3_ADD_DEFAULT) == 1,
         "add a reason");
  }
  return der::encode(i2d_X509_REVOKED, one.get());
}

// RFC 5280, 5.1: the list is put together here, because the library would encode every element again.
Result<Bytes> issue_crl(const CrlTemplate& what, ByteView elements, const Certificate& issuer, const KeyPair& key) {
  const Bytes algorithm = signature_algorithm(key);
  const Bytes times = [&] {
    Bytes out = der::encode(i2d_ASN1_TIME, time_of(what.this_update).get());
    der::add(out, der::encode(i2d_ASN1_TIME, time_of(what.next_update).get()));
    return out;
  }();
  static constexpr std::array<std::uint8_t, 3> version_2{0x02, 0x01, 0x01};
  const Bytes extensions = der::wrap(der::explicit_0, extensions_of(what, issuer));
  Bytes frame;  // of the elements; left out when there are none (5.1.2.6)
  if (!elements.empty()) der::begin(frame, der::sequence, elements.size());
  const std::size_t size = version_2.size() + algorithm.size() + issuer.subject.der.size() + times.size() +
                           frame.size() + elements.size() + extensions.size();
  Bytes list;
  list.reserve(size + 16);
  der::begin(list, der::sequence, size);
  for (const ByteView part : {ByteView(version_2), ByteView(algorithm), ByteView(issuer.subject.der), ByteView(times),
                              ByteView(frame), elements, ByteView(extensions)})
    der::add(list, part);
  TRY(const auto signature, sign(key, list));
  Bytes bits{0};  // no unused bits
  der::add(bits, signature);
  const Bytes tail = der::wrap(der::bit_string, bits);
  Bytes out;
  out.reserve(list.size() + algorithm.size() + tail.size() + 16);
  der::begin(out, der::sequence, list.size() + algorithm.size() + tail.size());
  der::add(out, list);
  der::add(out, algorithm);
  der::add(out, tail);
  return out;
}

Result<CrlView> read_crl(ByteView der, const Certificate& issuer) {
  const std::uint8_t* at = der.data();
  const Own<X509_CRL> list(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (!list || at != der.data() + der.size()) return bad_crl("not a revocation list");
  const auto key = native(issuer.key);
  if (!key || X509_CRL_verify(list.get(), key.get()) != 1) return bad_crl("not signed by this issuer");
  CrlView out;
  bool there = false;
  TRY(out.number, number_of(list.get(), NID_crl_number, there));
  if (!there) return bad_crl("the list has no number");
  TRY(const auto base, number_of(list.get(), NID_delta_crl, there));
  if (there) out.base_number = base;
  TRY(out.this_update, read_time(X509_CRL_get0_lastUpdate(list.get())));
  if (X509_CRL_get0_nextUpdate(list.get()) == nullptr) return bad_crl("the list has no nextUpdate");
  TRY(out.next_update, read_time(X509_CRL_get0_nextUpdate(list.get())));
  const Own<AUTHORITY_KEYID> key_id(
      static_cast<AUTHORITY_KEYID*>(X509_CRL_get_ext_d2i(list.get(), NID_authority_key_identifier, nullptr, nullptr)));
  if (key_id && key_id->keyid != nullptr) {
    const auto* bytes = ASN1_STRING_get0_data(key_id->keyid);
    out.authority_key_id.assign(bytes, bytes + ASN1_STRING_length(key_id->keyid));
  }
  const auto* revoked = X509_CRL_get_REVOKED(list.get());
  out.revoked = revoked == nullptr ? 0 : static_cast<std::size_t>(sk_X509_REVOKED_num(revoked));
  forget_openssl_errors();
  return out;
}

}  // namespace outrider::crypto
