#include "net/tls_detail/openssl.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/openssl.h"

namespace outrider::net::openssl {

namespace {

// OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

crypto::Owned<BIO> memory(ByteView bytes) {
  return crypto::Owned<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace

Result<std::vector<std::shared_ptr<X509>>> parse_certificates(OSSL_LIB_CTX* crypto, std::string_view pem,
                                                              std::string_view what) {
  std::vector<std::shared_ptr<X509>> out;
  const auto bio = memory(as_bytes(pem));
  for (;;) {
    crypto::forget_openssl_errors();
    X509* raw = X509_new_ex(crypto, nullptr);  // the way to bind a certificate to a library context
    if (PEM_read_bio_X509(bio.get(), &raw, no_passphrase, nullptr) == nullptr) {
      X509_free(raw);  // null when the parser has freed it already
      break;
    }
    out.emplace_back(raw, X509_free);
    if (out.size() > certificates_max)
      return fail(Errc::too_large, "too-many-certificates", std::string(what) + ": too many certificates");
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) return crypto::openssl_failure(Errc::malformed, "bad-certificate", what);
  crypto::forget_openssl_errors();
  if (out.empty()) return fail(Errc::malformed, "bad-certificate", std::string(what) + ": no certificate in PEM form");
  return out;
}

Result<std::shared_ptr<EVP_PKEY>> parse_key(ByteView pem) {
  const auto bio = memory(pem);
  EVP_PKEY* key = PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, no_passphrase, nullptr, nullptr, nullptr);
  if (key == nullptr) return crypto::openssl_failure(Errc::malformed, "bad-key", "private key");
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

}  // namespace outrider::net::openssl
