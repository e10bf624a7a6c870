#include "crypto/x509/chain.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace outrider::crypto {
namespace {

// 112 bits, as in TLS: refuses SHA-1 signatures and RSA keys under 2048 bits.
constexpr int security_level = 2;

struct StoreFree {
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
};
struct ContextFree {
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
};
struct StackFree {
  void operator()(STACK_OF(X509) * p) const { sk_X509_pop_free(p, X509_free); }
};

int native(Purpose purpose) {
  switch (purpose) {
    case Purpose::client:
      return X509_PURPOSE_SSL_CLIENT;
    case Purpose::server:
      return X509_PURPOSE_SSL_SERVER;
    case Purpose::any:
    case Purpose::foreign:
      return X509_PURPOSE_ANY;
  }
  return X509_PURPOSE_ANY;
}

std::unexpected<Error> unreadable() {
  return fail(Errc::malformed, "bad-chain", "a certificate of the chain cannot be read");
}

}  // namespace

Result<void> verify_chain(const Certificate& leaf, std::span<const Certificate> intermediates,
                          std::span<const Certificate> roots, Timestamp at, Purpose purpose) {
  const std::unique_ptr<X509_STORE, StoreFree> store(X509_STORE_new());
  const std::unique_ptr<X509_STORE_CTX, ContextFree> context(X509_STORE_CTX_new());
  const std::unique_ptr<STACK_OF(X509), StackFree> untrusted(sk_X509_new_null());
  must(store != nullptr && context != nullptr && untrusted != nullptr, "make a certificate store");
  for (const auto& root : roots) {
    const auto certificate = crypto::native(root);
    if (!certificate) return unreadable();
    must(X509_STORE_add_cert(store.get(), certificate.get()) == 1, "add a trusted certificate");
  }
  for (const auto& one : intermediates) {
    auto certificate = crypto::native(one);
    if (!certificate) return unreadable();
    must(sk_X509_push(untrusted.get(), certificate.get()) > 0, "add a certificate");
    (void)certificate.release();
  }
  const auto subject = crypto::native(leaf);
  if (!subject) return unreadable();
  must(X509_STORE_CTX_init(context.get(), store.get(), subject.get(), untrusted.get()) == 1, "start a path validation");
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  const unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN | (purpose == Purpose::foreign ? 0 : X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_auth_level(parameters, security_level);
  must(X509_VERIFY_PARAM_set_purpose(parameters, native(purpose)) == 1 &&
           X509_VERIFY_PARAM_set_flags(parameters, flags) == 1,
       "start a path validation");
  if (X509_verify_cert(context.get()) == 1) return {};
  const int reason = X509_STORE_CTX_get_error(context.get());
  forget_openssl_errors();
  std::string detail = X509_verify_cert_error_string(reason);
  if (reason == X509_V_ERR_CERT_HAS_EXPIRED) return fail(Errc::expired, "certificate-expired", std::move(detail));
  return fail(Errc::forbidden, "bad-chain", std::move(detail));
}

bool signed_by(const Certificate& certificate, const Certificate& issuer) {
  const auto subject = crypto::native(certificate);
  const auto key = native(issuer.key);
  const bool good = subject && key && X509_verify(subject.get(), key.get()) == 1;
  if (!good) forget_openssl_errors();
  return good;
}

}  // namespace outrider::crypto
