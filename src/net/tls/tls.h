#pragma once
// TLS configuration as data, for both ends. What may be negotiated is a named, dated policy; a change of policy is a
// new name, so that it shows in review and in what operators read.
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/tls/context.h"

struct x509_st;
struct evp_pkey_st;

namespace outrider::net {

// Names are OpenSSL's, lists are colon-separated, preferred first.
struct TlsPolicy {
  std::string_view name;
  int version_min;              // wire number: 0x0304 is TLS 1.3
  std::string_view suites;      // RFC 8446 section B.4
  std::string_view suites_12;   // of TLS 1.2; none when `version_min` forbids it
  std::string_view groups;      // key exchange
  std::string_view signatures;  // of handshakes and certificates
  unsigned chain_depth_max;     // CA certificates between a leaf and its trust anchor
};

// TLS 1.3 only: AEAD suites, X25519 and P-256, ECDSA and Ed25519 (RSA-PSS for the certificates of other people's CAs).
// AES-128 first: it is what devices have in hardware.
inline constexpr TlsPolicy tls_policy_2026_11{
    "outrider-2026-11",
    0x0304,
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384",
    "",
    "X25519:P-256",
    "ecdsa_secp256r1_sha256:ed25519:ecdsa_secp384r1_sha384:rsa_pss_rsae_sha256",
    2,
};

// The same, and TLS 1.2 for modems that know nothing newer: forward secrecy and AEAD only (RFC 9325, 4.2). Our own
// certificate is ECDSA, so nothing else is offered. Such a session keeps OpenSSL's SSL and cannot be resumed.
inline constexpr TlsPolicy tls_policy_2026_11_old_modems{
    "outrider-2026-11-old-modems",
    0x0303,
    tls_policy_2026_11.suites,
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384",
    tls_policy_2026_11.groups,
    tls_policy_2026_11.signatures,
    tls_policy_2026_11.chain_depth_max,
};

// A certificate with its key, as PEM.
struct TlsIdentity {
  std::string chain_pem;  // the leaf, then the issuing CA; never the root
  Secret key_pem;         // PKCS #8

  TlsIdentity() = default;
  TlsIdentity(std::string chain, Secret key) : chain_pem(std::move(chain)), key_pem(std::move(key)) {}
};

enum class ClientCertificate : unsigned char {
  none,       // not asked for
  optional,   // asked for; one that does not verify ends the handshake
  presented,  // asked for; one that does not verify is handed up apart, as what was presented and no more
  required,   // no certificate, no session
};

struct ServerTlsConfig {
  TlsIdentity identity;
  // Certificates of the CAs whose clients are let in, as one PEM text. Issuing CAs may stand here themselves; then
  // clients need to send their leaf only, and one signature is checked instead of two.
  std::string client_anchors_pem;
  ClientCertificate client = ClientCertificate::required;
  TlsPolicy policy = tls_policy_2026_11;
  // Whether and how clients may come back without their certificate; counts at create(), not at reload(). For users
  // that call TlsStream::allow_resumption.
  std::optional<tls::TicketLimits> resumption;
};

// The server side of one listener: a context per loop, and what its loops share. Thread-safe.
//
// A client resumes only by a ticket whose meaning is kept here, so that forget() ends it (RFC 8446, 2.2; psk_dhe_ke
// only). Tickets survive a reload, and nothing else does.
class ServerTls {
 public:
  static Result<std::shared_ptr<ServerTls>> create(Loops& loops, const ServerTlsConfig& config);
  // Takes effect for handshakes that begin afterwards; sessions stay. With other client anchors every certificate is
  // verified anew. When it fails, nothing has changed.
  Result<void> reload(const ServerTlsConfig& config);
  // No ticket of that owner (see TlsStream::allow_resumption) is good any more, and the certificate with that serial
  // does not count as verified. With a serial (in hexadecimal) only tickets of that certificate are meant.
  void forget(std::string_view owner, std::string_view serial = {});
  // Whether the ticket is good now: whoever has its key comes back without a certificate.
  bool knows_ticket(ByteView ticket) const;
  // For the gauges: tickets that are good, and the age of the oldest session that could be resumed.
  std::size_t tickets() const;
  std::chrono::seconds oldest_session_age() const;

  // The loop's present context.
  std::shared_ptr<const tls::Context> context(const Loop& loop) const;

 private:
  explicit ServerTls(Loops& loops) : loops_(loops) {}
  Result<std::shared_ptr<const tls::Context>> make_context(const Loop& loop, const ServerTlsConfig& config,
                                                           std::shared_ptr<tls::VerifiedCertificates> verified) const;

  Loops& loops_;
  std::shared_ptr<tls::TicketStore> tickets_;  // null: no resumption
  mutable std::mutex mutex_;                   // held for the copy of a pointer or two
  std::vector<std::shared_ptr<const tls::Context>> contexts_;
  // Handshakes under earlier anchors keep the memory they began with, so that what they find good is not believed here.
  std::shared_ptr<tls::VerifiedCertificates> verified_;
  std::string verified_under_;  // client_anchors_pem and the policy's name
};

// A client's certificate with its key, parsed once for many connections.
struct Credential {
  std::shared_ptr<x509_st> leaf;
  std::vector<std::shared_ptr<x509_st>> chain;
  std::shared_ptr<evp_pkey_st> key;
};

struct ClientTlsConfig {
  std::string server_anchors_pem;  // required: we trust nobody by default, not even the system's CAs
  TlsPolicy policy = tls_policy_2026_11;
  // Take tickets, so that TlsStream::session() can be given to the next connection. Such a stream keeps its SSL.
  bool resumption = false;
};

// The client side: one context for any number of connections to servers under the same anchors. Thread-safe.
class ClientTls {
 public:
  static Result<std::shared_ptr<const ClientTls>> create(const ClientTlsConfig& config);
  ClientTls(const ClientTls&) = delete;
  ClientTls& operator=(const ClientTls&) = delete;

  Result<std::shared_ptr<const Credential>> credential(const TlsIdentity& identity) const;
  std::shared_ptr<const tls::Context> context() const { return context_; }

 private:
  ClientTls() = default;
  std::shared_ptr<const tls::Context> context_;
};

}  // namespace outrider::net
