#include "crypto/openssl.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace outrider::crypto {
namespace {

// The first error queued is the cause; later ones are its echoes in outer calls.
std::string take_reason() {
  const unsigned long first = ERR_get_error();
  ERR_clear_error();
  const char* reason = first == 0 ? nullptr : ERR_reason_error_string(first);
  return reason == nullptr ? "no reason given" : reason;
}

}  // namespace

void OpensslFree::operator()(ASN1_OCTET_STRING* p) const {
  ASN1_OCTET_STRING_free(p);
}
void OpensslFree::operator()(BIGNUM* p) const {
  BN_clear_free(p);
}
void OpensslFree::operator()(BIO* p) const {
  BIO_free_all(p);
}
void OpensslFree::operator()(EVP_CIPHER_CTX* p) const {
  EVP_CIPHER_CTX_free(p);
}
void OpensslFree::operator()(EVP_MD_CTX* p) const {
  EVP_MD_CTX_free(p);
}
void OpensslFree::operator()(EVP_PKEY* p) const {
  EVP_PKEY_free(p);
}
void OpensslFree::operator()(EVP_PKEY_CTX* p) const {
  EVP_PKEY_CTX_free(p);
}
void OpensslFree::operator()(PKCS7* p) const {
  PKCS7_free(p);
}
void OpensslFree::operator()(X509* p) const {
  X509_free(p);
}
void OpensslFree::operator()(X509_EXTENSION* p) const {
  X509_EXTENSION_free(p);
}
void OpensslFree::operator()(X509_REQ* p) const {
  X509_REQ_free(p);
}

std::unexpected<Error> openssl_failure(Errc code, std::string_view reason, std::string_view what) {
  return fail(code, std::string(reason), std::string(what) + ": " + take_reason());
}

void forget_openssl_errors() {
  ERR_clear_error();
}

void must(bool succeeded, std::string_view what) {
  if (succeeded) return;
  std::fprintf(stderr, "cryptographic library failed: %.*s: %s\n", static_cast<int>(what.size()), what.data(),
               take_reason().c_str());
  std::abort();
}

}  // namespace outrider::crypto
