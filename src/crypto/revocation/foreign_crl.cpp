#include "crypto/revocation/foreign_crl.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <span>

#include "crypto/openssl.h"
#include "crypto/signed/signature.h"
#include "crypto/x509/names_native.h"

namespace outrider::crypto {
namespace {

struct Free {
  void operator()(X509_CRL* p) const { X509_CRL_free(p); }
  void operator()(X509_NAME* p) const { X509_NAME_free(p); }
  void operator()(ASN1_INTEGER* p) const { ASN1_INTEGER_free(p); }
  void operator()(ISSUING_DIST_POINT* p) const { ISSUING_DIST_POINT_free(p); }
};
template <class T>
using Own = std::unique_ptr<T, Free>;

constexpr std::size_t number_octets_max = 20;  // RFC 5280, 5.2.3

std::unexpected<Error> bad(std::string_view why) {
  forget_openssl_errors();
  return fail(Errc::malformed, "bad-crl", fmt::format("the revocation list is of no use here: {}", why));
}

Result<void> check_signature(X509_CRL* list, const Certificate& issuer) {
  const std::uint8_t* at = issuer.der.data();
  const Owned<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(issuer.der.size())));
  if (!certificate) return bad("its issuer's certificate cannot be read");
  if (X509_NAME_cmp(X509_get_subject_name(certificate.get()), X509_CRL_get_issuer(list)) != 0)
    return bad("it is of another issuer");
  // Without the extension a key is for everything (RFC 5280, 4.2.1.3); the library says so with all bits.
  if ((X509_get_key_usage(certificate.get()) & KU_CRL_SIGN) == 0)
    return bad("its issuer's certificate is not for signing lists");
  int digest = NID_undef;
  OBJ_find_sigid_algs(X509_CRL_get_signature_nid(list), &digest, nullptr);
  if (digest == NID_md5 || digest == NID_sha1) return bad("it is signed with MD5 or SHA-1");
  const auto key = native(issuer.key);
  if (!key || X509_CRL_verify(list, key.get()) != 1) return bad("it is not signed by this issuer");
  return {};
}

// Of a list and of an entry alike. `known`: what may be critical, because we act on it.
Result<void> check_critical(const STACK_OF(X509_EXTENSION) * extensions, std::span<const int> known) {
  for (int i = 0; i < X509v3_get_ext_count(extensions); ++i) {
    X509_EXTENSION* const extension = X509v3_get_ext(extensions, i);
    const int kind = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    if (kind == NID_delta_crl) return bad("it is a delta; take the full list");
    if (kind == NID_certificate_issuer) return bad("it is for other issuers too");
    if (X509_EXTENSION_get_critical(extension) != 0 && std::ranges::find(known, kind) == known.end())
      return bad("it has a critical extension that this server does not know");
  }
  return {};
}

Result<void> check_scope(const X509_CRL* list) {
  int critical = -1;
  const Own<ISSUING_DIST_POINT> scope(
      static_cast<ISSUING_DIST_POINT*>(X509_CRL_get_ext_d2i(list, NID_issuing_distribution_point, &critical, nullptr)));
  if (!scope) return critical == -1 ? Result<void>() : bad("its issuing distribution point cannot be read");
  if (scope->indirectCRL > 0 || scope->onlysomereasons != nullptr)
    return bad("it is for other issuers, or for some reasons only");
  if (scope->onlyCA > 0 || scope->onlyattr > 0) return bad("it is not for certificates of devices");
  return {};
}

Result<std::string> number_of(const X509_CRL* list) {
  const Own<ASN1_INTEGER> number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(list, NID_crl_number, nullptr, nullptr)));
  if (!number) return bad("it has no number");
  if (ASN1_STRING_length(number.get()) > static_cast<int>(number_octets_max)) return bad("its number is too long");
  const auto text = read_serial(number.get());
  if (!text) return bad("its number is negative");
  std::string out = *text;
  if (out.starts_with('0')) out.erase(0, 1);  // of whole octets
  return out.empty() ? "0" : out;
}

Result<std::vector<std::string>> serials_of(X509_CRL* list) {
  std::vector<std::string> out;
  const auto* const revoked = X509_CRL_get_REVOKED(list);
  const int count = revoked == nullptr ? 0 : sk_X509_REVOKED_num(revoked);
  if (static_cast<std::size_t>(std::max(count, 0)) > foreign_crl_entries_max)
    return bad(fmt::format("it names more than {} certificates", foreign_crl_entries_max));
  out.reserve(static_cast<std::size_t>(std::max(count, 0)));
  for (int i = 0; i < count; ++i) {
    const X509_REVOKED* const one = sk_X509_REVOKED_value(revoked, i);
    CHECK(check_critical(X509_REVOKED_get0_extensions(one), {}));
    const auto serial = read_serial(X509_REVOKED_get0_serialNumber(one));
    if (!serial) return bad("a serial number is negative");
    out.push_back(*serial);
  }
  return out;
}

Result<Own<X509_CRL>> decode(ByteView der) {
  const std::uint8_t* at = der.data();
  Own<X509_CRL> list(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (!list || at != der.data() + der.size()) return bad("it is no list");
  return list;
}

Result<ForeignCrl> view_of(X509_CRL* list) {
  static constexpr std::array known{NID_crl_number, NID_authority_key_identifier, NID_issuing_distribution_point};
  CHECK(check_critical(X509_CRL_get0_extensions(list), known));
  CHECK(check_scope(list));
  ForeignCrl out;
  TRY(out.number, number_of(list));
  TRY(out.this_update, read_time(X509_CRL_get0_lastUpdate(list)));
  if (X509_CRL_get0_nextUpdate(list) == nullptr) return bad("it does not say when the next one comes");
  TRY(out.next_update, read_time(X509_CRL_get0_nextUpdate(list)));
  TRY(out.serials, serials_of(list));
  forget_openssl_errors();
  return out;
}

}  // namespace

Result<ForeignCrl> parse_foreign_crl(ByteView der) {
  TRY(const auto list, decode(der));
  return view_of(list.get());
}

Result<ForeignCrl> read_foreign_crl(ByteView der, const Certificate& issuer) {
  TRY(const auto list, decode(der));
  CHECK(check_signature(list.get(), issuer));
  return view_of(list.get());
}

}  // namespace outrider::crypto
