#pragma once
// The seam to OpenSSL inside this room: owners for its objects, and its error queue as an Error. Other rooms see plain
// values; only `net` takes an EVP_PKEY or X509 from here, to hand it to a TLS context.
#include <openssl/types.h>

#include <memory>
#include <string_view>

#include "base/result.h"

// Names that openssl/types.h leaves out; their own headers are large.
using PKCS7 = struct pkcs7_st;
using X509_EXTENSION = struct X509_extension_st;
using X509_REQ = struct X509_req_st;

namespace outrider::crypto {

// Frees any of the OpenSSL objects this room uses.
struct OpensslFree {
  void operator()(ASN1_OCTET_STRING* p) const;
  void operator()(BIGNUM* p) const;
  void operator()(BIO* p) const;
  void operator()(EVP_CIPHER_CTX* p) const;
  void operator()(EVP_MD_CTX* p) const;
  void operator()(EVP_PKEY* p) const;
  void operator()(EVP_PKEY_CTX* p) const;
  void operator()(PKCS7* p) const;
  void operator()(X509* p) const;
  void operator()(X509_EXTENSION* p) const;
  void operator()(X509_REQ* p) const;
};
template <class T>
using Owned = std::unique_ptr<T, OpensslFree>;

// Takes the whole error queue of this thread. The detail is "<what>: <library's reason>"; the library's additional data
// is left out, because it may quote the input.
std::unexpected<Error> openssl_failure(Errc code, std::string_view reason, std::string_view what);
// Forgets what the library complained about; after a failure that is an answer.
void forget_openssl_errors();
// For calls that fail only when memory is gone or the library is broken: there is nothing sane to go on with, so this
// prints the library's reason and aborts.
void must(bool succeeded, std::string_view what);

}  // namespace outrider::crypto
