#include "crypto/revocation/ocsp.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "crypto/revocation/crl.h"
#include "crypto/signed/der.h"
#include "crypto/signed/signature.h"

namespace outrider::crypto {
namespace {

struct Free {
  void operator()(OCSP_REQUEST* p) const { OCSP_REQUEST_free(p); }
  void operator()(OCSP_RESPONSE* p) const { OCSP_RESPONSE_free(p); }
  void operator()(OCSP_BASICRESP* p) const { OCSP_BASICRESP_free(p); }
  void operator()(OCSP_CERTID* p) const { OCSP_CERTID_free(p); }
  void operator()(ASN1_STRING* p) const { ASN1_STRING_free(p); }
};
template <class T>
using Own = std::unique_ptr<T, Free>;

constexpr std::array hashes{NID_sha1, NID_sha256, NID_sha384};

std::unexpected<Error> bad(std::string_view what) {
  return openssl_failure(Errc::malformed, "bad-ocsp", what);
}

Bytes octets(const ASN1_STRING* string) {
  const auto* at = ASN1_STRING_get0_data(string);
  return {at, at + ASN1_STRING_length(string)};
}

// Lower-case hex without leading zeros, as Certificate says it; empty for what is no positive number.
std::string serial_of(const ASN1_INTEGER* serial) {
  if (serial == nullptr || ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER) return {};
  const Owned<BIGNUM> number(ASN1_INTEGER_to_BN(serial, nullptr));
  if (!number) return {};
  Bytes bytes(std::max<std::size_t>(1, static_cast<std::size_t>(BN_num_bytes(number.get()))));
  BN_bn2bin(number.get(), bytes.data());
  return hex(bytes);
}

OcspCertId read_id(OCSP_CERTID* id) {
  ASN1_OCTET_STRING* name = nullptr;
  ASN1_OCTET_STRING* key = nullptr;
  ASN1_OBJECT* algorithm = nullptr;
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(&name, &algorithm, &key, &serial, id);
  OcspCertId out;
  const int hash = OBJ_obj2nid(algorithm);
  if (std::ranges::find(hashes, hash) != hashes.end()) out.hash = hash;
  out.issuer_name_hash = octets(name);
  out.issuer_key_hash = octets(key);
  out.serial = serial_of(serial);
  out.der = der::encode(i2d_OCSP_CERTID, id);
  return out;
}

// Looks at the nonce, and for critical extensions.
Result<Bytes> read_nonce(OCSP_REQUEST* request) {
  for (int i = 0; i < OCSP_REQUEST_get_ext_count(request); ++i)
    if (X509_EXTENSION_get_critical(OCSP_REQUEST_get_ext(request, i)) != 0) return bad("a critical extension");
  const int at = OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1);
  if (at < 0) return Bytes{};
  if (OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, at) >= 0) return bad("two nonces");
  Bytes value = octets(X509_EXTENSION_get_data(OCSP_REQUEST_get_ext(request, at)));
  const std::uint8_t* in = value.data();
  const Own<ASN1_OCTET_STRING> nonce(d2i_ASN1_OCTET_STRING(nullptr, &in, static_cast<long>(value.size())));
  if (!nonce || in != value.data() + value.size()) return bad("the nonce is no octet string");
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(nonce.get()));
  if (size == 0 || size > ocsp_nonce_bytes_max) return bad("the nonce has no length that RFC 9654 allows");
  return value;
}

Own<ASN1_TIME> time_of(Timestamp at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  Own<ASN1_TIME> out(ASN1_GENERALIZEDTIME_set(nullptr, seconds));
  must(out != nullptr, "make a time");
  return out;
}

void add_answer(OCSP_BASICRESP* to, const OcspCertId& asked, const OcspStatus& status, const OcspValidity& validity) {
  const std::uint8_t* at = asked.der.data();
  const Own<OCSP_CERTID> id(d2i_OCSP_CERTID(nullptr, &at, static_cast<long>(asked.der.size())));
  const auto from = time_of(validity.this_update);
  const auto until = time_of(validity.next_update);
  const auto when = time_of(status.when);
  int kind = V_OCSP_CERTSTATUS_UNKNOWN;
  if (status.kind == OcspStatus::Kind::good) kind = V_OCSP_CERTSTATUS_GOOD;
  if (status.kind == OcspStatus::Kind::revoked) kind = V_OCSP_CERTSTATUS_REVOKED;
  const int code = reason_code(status.reason).value_or(0);
  must(id != nullptr && OCSP_basic_add1_status(to, id.get(), kind, code == 0 ? OCSP_REVOKED_STATUS_NOSTATUS : code,
                                               when.get(), from.get(), until.get()) != nullptr,
       "add an answer");
}

}  // namespace

Result<OcspRequest> parse_ocsp_request(ByteView der) {
  if (der.size() > ocsp_request_bytes_max) return fail(Errc::too_large, "bad-ocsp", "the request is too long");
  const std::uint8_t* at = der.data();
  const Own<OCSP_REQUEST> request(d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(der.size())));
  if (!request) return bad("not an OCSP request");
  if (at != der.data() + der.size()) return bad("there are bytes behind the request");
  const int count = OCSP_request_onereq_count(request.get());
  if (count < 1 || static_cast<std::size_t>(count) > ocsp_certificates_max)
    return bad("a request asks for 1 to 16 certificates");
  OcspRequest out;
  for (int i = 0; i < count; ++i) {
    OCSP_ONEREQ* const one = OCSP_request_onereq_get0(request.get(), i);
    for (int e = 0; e < OCSP_ONEREQ_get_ext_count(one); ++e)
      if (X509_EXTENSION_get_critical(OCSP_ONEREQ_get_ext(one, e)) != 0) return bad("a critical extension");
    out.certificates.push_back(read_id(OCSP_onereq_get0_id(one)));
  }
  TRY(out.nonce, read_nonce(request.get()));
  forget_openssl_errors();
  return out;
}

OcspIssuerNames::OcspIssuerNames(const Certificate& issuer) {
  const auto certificate = native(issuer);
  must(certificate != nullptr, "read an issuer");
  const ASN1_BIT_STRING* const key = X509_get0_pubkey_bitstr(certificate.get());
  for (const int hash : hashes) {
    const EVP_MD* const digest = EVP_get_digestbynid(hash);
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    const auto of = [&](const void* bytes, std::size_t count) {
      must(EVP_Digest(bytes, count, out.data(), &size, digest, nullptr) == 1, "hash an issuer");
      return Bytes(out.begin(), out.begin() + size);
    };
    all_.push_back({hash, of(issuer.subject.der.data(), issuer.subject.der.size()),
                    of(ASN1_STRING_get0_data(key), static_cast<std::size_t>(ASN1_STRING_length(key)))});
  }
}

bool OcspIssuerNames::match(const OcspCertId& id) const {
  return std::ranges::any_of(all_, [&](const Hashes& ours) {
    return ours.hash == id.hash && ours.name == id.issuer_name_hash && ours.key == id.issuer_key_hash;
  });
}

Result<Bytes> ocsp_response(const OcspRequest& request, const std::vector<OcspStatus>& answers,
                            const OcspValidity& validity, const Certificate& signer, const KeyPair& key) {
  const Own<OCSP_BASICRESP> basic(OCSP_BASICRESP_new());
  const auto certificate = native(signer);
  must(basic != nullptr && certificate != nullptr && answers.size() == request.certificates.size(), "make a response");
  for (std::size_t i = 0; i < answers.size(); ++i)
    add_answer(basic.get(), request.certificates[i], answers[i], validity);
  if (!request.nonce.empty()) {
    const Own<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
    must(value != nullptr &&
             ASN1_OCTET_STRING_set(value.get(), request.nonce.data(), static_cast<int>(request.nonce.size())) == 1,
         "add a nonce");
    const Owned<X509_EXTENSION> nonce(X509_EXTENSION_create_by_NID(nullptr, NID_id_pkix_OCSP_Nonce, 0, value.get()));
    must(nonce != nullptr && OCSP_BASICRESP_add_ext(basic.get(), nonce.get(), -1) == 1, "add a nonce");
  }
  if (OCSP_basic_sign(basic.get(), certificate.get(), key.native(), digest_for(key.public_key().type), nullptr,
                      OCSP_RESPID_KEY) != 1)
    return openssl_failure(Errc::unavailable, "cannot-sign", "the OCSP key cannot sign");
  const Own<OCSP_RESPONSE> response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  must(response != nullptr, "make a response");
  return der::encode(i2d_OCSP_RESPONSE, response.get());
}

Bytes ocsp_problem(OcspProblem problem) {
  const Own<OCSP_RESPONSE> response(OCSP_response_create(static_cast<int>(problem), nullptr));
  must(response != nullptr, "make a response");
  return der::encode(i2d_OCSP_RESPONSE, response.get());
}

}  // namespace outrider::crypto
