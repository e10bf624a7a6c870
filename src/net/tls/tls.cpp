#include "net/tls/tls.h"

#include <openssl/ssl.h>

#include <algorithm>

#include "crypto/openssl.h"
#include "net/tls/handshake.h"
#include "net/tls_detail/library_context.h"
#include "net/tls_detail/openssl.h"

namespace outrider::net {

namespace {

// Certificates of a chain in the peer's Certificate message; ours need under 2 KiB.
constexpr long peer_chain_bytes_max = 16 * 1024;
// 112 bits of security: refuses SHA-1 signatures and RSA keys under 2048 bits.
constexpr int security_level = 2;

// Keeps the library context until its last TLS context is gone.
std::shared_ptr<tls::Context> new_context(const std::shared_ptr<OSSL_LIB_CTX>& crypto, const SSL_METHOD* method) {
  auto out = std::make_shared<tls::Context>();
  out->crypto = crypto;
  out->ssl.reset(SSL_CTX_new_ex(crypto.get(), nullptr, method), SSL_CTX_free);
  crypto::must(out->ssl != nullptr, "SSL_CTX_new_ex");
  return out;
}

Result<void> apply_policy(SSL_CTX* context, const TlsPolicy& policy) {
  SSL_CTX_set_security_level(context, security_level);
  const bool good =
      SSL_CTX_set_min_proto_version(context, policy.version_min) == 1 &&
      SSL_CTX_set_ciphersuites(context, std::string(policy.suites).c_str()) == 1 &&
      (policy.suites_12.empty() || SSL_CTX_set_cipher_list(context, std::string(policy.suites_12).c_str()) == 1) &&
      SSL_CTX_set1_groups_list(context, std::string(policy.groups).c_str()) == 1 &&
      SSL_CTX_set1_sigalgs_list(context, std::string(policy.signatures).c_str()) == 1;
  if (!good) return crypto::openssl_failure(Errc::malformed, "bad-tls-policy", std::string(policy.name));
  SSL_CTX_set_verify_depth(context, static_cast<int>(policy.chain_depth_max));
  SSL_CTX_set_max_cert_list(context, peer_chain_bytes_max);
  // No tickets that carry a session within them, and no session cache but ours: see use_tickets.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, tls::session_context.data(), tls::session_context.size());
  // Buffers go back when idle (TLS 1.2), and the chain we send is the chain we were given: OpenSSL would add the root.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  return {};
}

Result<void> add_anchors(SSL_CTX* context, OSSL_LIB_CTX* crypto, std::string_view pem, std::string_view what) {
  TRY(auto anchors, openssl::parse_certificates(crypto, pem, what));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const auto& anchor : anchors) {
    if (X509_STORE_add_cert(store, anchor.get()) != 1)
      return crypto::openssl_failure(Errc::malformed, "bad-certificate", std::string(what));
  }
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);  // an issuing CA may itself be the anchor
  return {};
}

Result<void> use_identity(SSL_CTX* context, OSSL_LIB_CTX* crypto, const TlsIdentity& identity) {
  TRY(auto chain, openssl::parse_certificates(crypto, identity.chain_pem, "server certificate"));
  TRY(auto key, openssl::parse_key(identity.key_pem.view()));
  bool good =
      SSL_CTX_use_certificate(context, chain.front().get()) == 1 && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  for (std::size_t i = 1; i < chain.size(); ++i) good = good && SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  good = good && SSL_CTX_check_private_key(context) == 1;
  if (!good) return crypto::openssl_failure(Errc::malformed, "bad-server-identity", "server certificate and key");
  return {};
}

// One ticket a handshake, which is the key of our store: with SSL_OP_NO_TICKET OpenSSL sends the session's id for one,
// and asks back for what it stands for.
void use_tickets(SSL_CTX* context, const tls::TicketLimits& limits) {
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_timeout(context, static_cast<long>(std::min(limits.life, limits.session_age_max).count()));
}

}  // namespace

Result<std::shared_ptr<ServerTls>> ServerTls::create(Loops& loops, const ServerTlsConfig& config) {
  std::shared_ptr<ServerTls> tls(new ServerTls(loops));
  if (config.resumption) tls->tickets_ = std::make_shared<tls::TicketStore>(*config.resumption);
  CHECK(tls->reload(config));
  return tls;
}

Result<std::shared_ptr<const tls::Context>> ServerTls::make_context(
    const Loop& loop, const ServerTlsConfig& config, std::shared_ptr<tls::VerifiedCertificates> verified) const {
  auto made = new_context(loop.crypto(), TLS_server_method());
  SSL_CTX* context = made->ssl.get();
  CHECK(apply_policy(context, config.policy));
  CHECK(use_identity(context, made->crypto.get(), config.identity));
  tls::Handshake::install(*context, tls::Side::server);
  made->tickets = tickets_;
  if (tickets_) use_tickets(context, tickets_->limits());
  if (config.client == ClientCertificate::none) return made;
  CHECK(add_anchors(context, made->crypto.get(), config.client_anchors_pem, "client trust anchors"));
  made->verified = std::move(verified);
  made->keeps_unverified = config.client == ClientCertificate::presented;
  const bool required = config.client == ClientCertificate::required;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  return made;
}

Result<void> ServerTls::reload(const ServerTlsConfig& config) {
  std::string under = std::string(config.policy.name) + "\n" + config.client_anchors_pem;
  std::shared_ptr<tls::VerifiedCertificates> verified;
  {
    const std::lock_guard lock(mutex_);
    verified = under == verified_under_ ? verified_ : std::make_shared<tls::VerifiedCertificates>();
  }
  std::vector<std::shared_ptr<const tls::Context>> contexts;
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    TRY(auto context, make_context(loops_.at(i), config, verified));
    contexts.push_back(std::move(context));
  }
  const std::lock_guard lock(mutex_);
  contexts_.swap(contexts);
  verified_.swap(verified);
  verified_under_.swap(under);
  return {};
}

void ServerTls::forget(std::string_view owner, std::string_view serial) {
  if (tickets_) tickets_->forget(owner, serial);
  if (const auto number = from_hex(serial); number && !number->empty()) {
    const std::lock_guard lock(mutex_);
    verified_->forget(*number);
  }
}

bool ServerTls::knows_ticket(ByteView ticket) const {
  return tickets_ && tickets_->holds(ticket);
}

std::size_t ServerTls::tickets() const {
  return tickets_ ? tickets_->size() : 0;
}

std::chrono::seconds ServerTls::oldest_session_age() const {
  const auto oldest = tickets_ ? tickets_->oldest() : std::nullopt;
  if (!oldest) return {};
  return std::chrono::duration_cast<std::chrono::seconds>(system_clock().now() - *oldest);
}

std::shared_ptr<const tls::Context> ServerTls::context(const Loop& loop) const {
  const std::lock_guard lock(mutex_);
  return contexts_.at(loop.index());
}

Result<std::shared_ptr<const ClientTls>> ClientTls::create(const ClientTlsConfig& config) {
  auto made = new_context(openssl::borrow_library_context(), TLS_client_method());
  SSL_CTX* context = made->ssl.get();
  CHECK(apply_policy(context, config.policy));
  CHECK(add_anchors(context, made->crypto.get(), config.server_anchors_pem, "server trust anchors"));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  tls::Handshake::install(*context, tls::Side::client);
  made->keeps_openssl = config.resumption;
  if (config.resumption) SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
  std::shared_ptr<ClientTls> tls(new ClientTls);
  tls->context_ = std::move(made);
  return tls;
}

Result<std::shared_ptr<const Credential>> ClientTls::credential(const TlsIdentity& identity) const {
  OSSL_LIB_CTX* crypto = context_->crypto.get();
  TRY(auto chain, openssl::parse_certificates(crypto, identity.chain_pem, "client certificate"));
  auto credential = std::make_shared<Credential>();
  credential->leaf = chain.front();
  credential->chain.assign(chain.begin() + 1, chain.end());
  TRY(credential->key, openssl::parse_key(identity.key_pem.view()));
  if (X509_check_private_key(credential->leaf.get(), credential->key.get()) != 1)
    return crypto::openssl_failure(Errc::malformed, "bad-client-identity", "client certificate and key");
  return credential;
}

}  // namespace outrider::net
