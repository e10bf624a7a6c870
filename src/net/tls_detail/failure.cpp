#include "net/tls_detail/failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstring>

#include "crypto/openssl.h"

namespace outrider::net {

namespace {

std::unexpected<Error> bad_certificate(long verdict) {
  const std::string detail = std::string("peer certificate: ") + X509_verify_cert_error_string(verdict);
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fail(Errc::unauthenticated, "certificate-expired", detail);
    default:
      return fail(Errc::unauthenticated, "certificate-untrusted", detail);
  }
}

// Reasons that OpenSSL gives for first bytes that are no TLS record.
bool is_not_tls(int reason) {
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_UNKNOWN_PROTOCOL:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::unexpected<Error> tls_failure(const SSL& ssl, int ssl_error, int system_errno, const std::string& during) {
  const unsigned long code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  const char* text = code == 0 || ERR_SYSTEM_ERROR(code) ? nullptr : ERR_reason_error_string(code);
  crypto::forget_openssl_errors();
  if (ssl_error == SSL_ERROR_SYSCALL && code == 0) {
    const std::string why = system_errno == 0 ? "end of file" : std::strerror(system_errno);
    return fail(Errc::unavailable, system_errno == 0 ? "truncated" : "reset", during + ": " + why);
  }
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return bad_certificate(SSL_get_verify_result(&ssl));
  const std::string detail = during + ": " + (text == nullptr ? "TLS error" : text);
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return fail(Errc::unavailable, "tls", detail);
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return fail(Errc::unavailable, "truncated", during + ": connection ended without close_notify");
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
    return fail(Errc::unauthenticated, "no-certificate", "the peer sent no certificate");
  if (is_not_tls(reason)) return fail(Errc::malformed, "not-tls", detail);
  if (reason >= SSL_AD_REASON_OFFSET) return fail(Errc::unavailable, "tls-alert", detail);
  return fail(Errc::malformed, "tls", detail);
}

}  // namespace outrider::net
