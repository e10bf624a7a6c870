#include "crypto/cms/certs_only.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

namespace outrider::crypto {
namespace {

std::unexpected<Error> bad(std::string detail) {
  return fail(Errc::malformed, "bad-cms", std::move(detail));
}

}  // namespace

Bytes to_certs_only(std::span<const Certificate> certificates) {
  const Owned<PKCS7> message(PKCS7_new());
  must(message != nullptr && PKCS7_set_type(message.get(), NID_pkcs7_signed) == 1, "make a certs-only message");
  // RFC 5652, 5.1: the content is of type data and absent. PKCS7_content_new would put an empty one in.
  message->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
  for (const auto& one : certificates) {
    const auto certificate = native(one);
    must(certificate != nullptr && PKCS7_add_certificate(message.get(), certificate.get()) == 1, "add a certificate");
  }
  std::uint8_t* der = nullptr;
  const int size = i2d_PKCS7(message.get(), &der);
  must(size > 0, "encode a certs-only message");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Result<std::vector<Certificate>> from_certs_only(ByteView der) {
  if (der.size() > certs_only_bytes_max) return fail(Errc::too_large, "bad-cms", "the message is longer than 256 KiB");
  const std::uint8_t* at = der.data();
  const Owned<PKCS7> message(d2i_PKCS7(nullptr, &at, static_cast<long>(der.size())));
  if (!message) return openssl_failure(Errc::malformed, "bad-cms", "not a PKCS#7 message");
  if (at != der.data() + der.size()) return bad("there are bytes behind the message");
  if (!PKCS7_type_is_signed(message.get()) || message->d.sign == nullptr) return bad("the message is not SignedData");
  const STACK_OF(X509)* certificates = message->d.sign->cert;
  const int count = certificates == nullptr ? 0 : sk_X509_num(certificates);
  if (count == 0) return bad("the message has no certificates");
  if (static_cast<std::size_t>(count) > certs_only_count_max)
    return fail(Errc::too_large, "bad-cms", "the message has more than 16 certificates");
  std::vector<Certificate> out;
  for (int i = 0; i < count; ++i) {
    std::uint8_t* one = nullptr;
    const int size = i2d_X509(sk_X509_value(certificates, i), &one);
    if (size <= 0) return openssl_failure(Errc::malformed, "bad-cms", "a certificate cannot be encoded again");
    const Bytes bytes(one, one + size);
    OPENSSL_free(one);
    TRY(auto certificate, parse_certificate(bytes));
    out.push_back(std::move(certificate));
  }
  forget_openssl_errors();
  return out;
}

}  // namespace outrider::crypto
