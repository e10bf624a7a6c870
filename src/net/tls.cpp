#include "net/tls.h"

#include <openssl/ssl.h>

#include "crypto/openssl.h"
#include "net/tls_detail/library_context.h"
#include "net/tls_detail/openssl.h"

namespace outrider::net {

namespace {

// Certificates of a chain in the peer's Certificate message; ours need under 2 KiB.
constexpr long peer_chain_bytes_max = 16 * 1024;
// 112 bits of security: refuses SHA-1 signatures and RSA keys under 2048 bits.
constexpr int security_level = 2;
// Names the application to OpenSSL's resumption check; there is none, but without it a client that tries would be
// answered by an abort instead of a full handshake.
constexpr std::string_view session_context = "outrider";

using Context = std::shared_ptr<SSL_CTX>;

// Keeps the library context until its last TLS context is gone.
Context make_context(const std::shared_ptr<OSSL_LIB_CTX>& crypto, const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new_ex(crypto.get(), nullptr, method);
  crypto::must(context != nullptr, "SSL_CTX_new_ex");
  return {context, [crypto](SSL_CTX* c) { SSL_CTX_free(c); }};
}

Result<void> apply_policy(SSL_CTX* context, const TlsPolicy& policy) {
  SSL_CTX_set_security_level(context, security_level);
  const bool good = SSL_CTX_set_min_proto_version(context, policy.version_min) == 1 &&
                    SSL_CTX_set_ciphersuites(context, std::string(policy.suites).c_str()) == 1 &&
                    SSL_CTX_set1_groups_list(context, std::string(policy.groups).c_str()) == 1 &&
                    SSL_CTX_set1_sigalgs_list(context, std::string(policy.signatures).c_str()) == 1;
  if (!good) return crypto::openssl_failure(Errc::malformed, "bad-tls-policy", std::string(policy.name));
  SSL_CTX_set_verify_depth(context, static_cast<int>(policy.chain_depth_max));
  SSL_CTX_set_max_cert_list(context, peer_chain_bytes_max);
  // No tickets and no session cache: see ServerTls.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(session_context.data()),
                                 static_cast<unsigned>(session_context.size()));
  // Buffers go back when idle, writes may be cut and repeated from another address (the queue moves), and the chain we
  // send is the chain we were given: OpenSSL would add the root.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(context, 1);  // header and body of a record in one system call
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

Result<Context> server_context(const std::shared_ptr<OSSL_LIB_CTX>& crypto, const ServerTlsConfig& config) {
  auto context = make_context(crypto, TLS_server_method());
  CHECK(apply_policy(context.get(), config.policy));
  TRY(auto chain, openssl::parse_certificates(crypto.get(), config.identity.chain_pem, "server certificate"));
  TRY(auto key, openssl::parse_key(crypto.get(), config.identity.key_pem.view()));
  bool good = SSL_CTX_use_certificate(context.get(), chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1;
  for (std::size_t i = 1; i < chain.size(); ++i)
    good = good && SSL_CTX_add1_chain_cert(context.get(), chain[i].get()) == 1;
  good = good && SSL_CTX_check_private_key(context.get()) == 1;
  if (!good) return crypto::openssl_failure(Errc::malformed, "bad-server-identity", "server certificate and key");
  if (config.client == ClientCertificate::none) return context;
  CHECK(add_anchors(context.get(), crypto.get(), config.client_anchors_pem, "client trust anchors"));
  const bool required = config.client == ClientCertificate::required;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  return context;
}

Result<std::vector<Context>> server_contexts(Loops& loops, const ServerTlsConfig& config) {
  std::vector<Context> out;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    TRY(auto context, server_context(loops.at(i).crypto(), config));
    out.push_back(std::move(context));
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<ServerTls>> ServerTls::create(Loops& loops, const ServerTlsConfig& config) {
  std::shared_ptr<ServerTls> tls(new ServerTls(loops));
  CHECK(tls->reload(config));
  return tls;
}

Result<void> ServerTls::reload(const ServerTlsConfig& config) {
  TRY(auto contexts, server_contexts(loops_, config));
  const std::lock_guard lock(mutex_);
  contexts_.swap(contexts);
  return {};
}

std::shared_ptr<SSL_CTX> ServerTls::context(const Loop& loop) const {
  const std::lock_guard lock(mutex_);
  return contexts_.at(loop.index());
}

Result<std::shared_ptr<const ClientTls>> ClientTls::create(const ClientTlsConfig& config) {
  std::shared_ptr<ClientTls> tls(new ClientTls);
  tls->crypto_ = openssl::borrow_library_context();
  tls->context_ = make_context(tls->crypto_, TLS_client_method());
  CHECK(apply_policy(tls->context_.get(), config.policy));
  CHECK(add_anchors(tls->context_.get(), tls->crypto_.get(), config.server_anchors_pem, "server trust anchors"));
  SSL_CTX_set_verify(tls->context_.get(), SSL_VERIFY_PEER, nullptr);
  return tls;
}

Result<std::shared_ptr<const Credential>> ClientTls::credential(const TlsIdentity& identity) const {
  TRY(auto chain, openssl::parse_certificates(crypto_.get(), identity.chain_pem, "client certificate"));
  auto credential = std::make_shared<Credential>();
  credential->leaf = chain.front();
  credential->chain.assign(chain.begin() + 1, chain.end());
  TRY(credential->key, openssl::parse_key(crypto_.get(), identity.key_pem.view()));
  if (X509_check_private_key(credential->leaf.get(), credential->key.get()) != 1)
    return crypto::openssl_failure(Errc::malformed, "bad-client-identity", "client certificate and key");
  return credential;
}

}  // namespace outrider::net
