#pragma once
// An SSL_CTX with all that its callbacks need, which therefore lives as long.
#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>

#include "net/tls/resumption/tickets.h"
#include "net/tls/resumption/verified.h"

namespace outrider::net::tls {

// Names the application in a session: OpenSSL aborts the handshake of a client that resumes without it.
inline constexpr std::array<std::uint8_t, 8> session_context{'o', 'u', 't', 'r', 'i', 'd', 'e', 'r'};

struct Context {
  std::shared_ptr<OSSL_LIB_CTX> crypto;  // before what is made of it
  std::shared_ptr<SSL_CTX> ssl;
  // Servers only; null when the peers are not resumed, not verified.
  std::shared_ptr<TicketStore> tickets;
  std::shared_ptr<VerifiedCertificates> verified;
  bool keeps_unverified = false;  // ClientCertificate::presented
  bool keeps_openssl = false;     // clients that resume: OpenSSL takes their tickets, so the SSL stays
};

}  // namespace outrider::net::tls
