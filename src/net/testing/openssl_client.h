#pragma once
// A blocking TLS client on OpenSSL alone, as a device would have one: with its certificate, its tickets and KeyUpdate.
// Header only, because only test programs and benchmarks use it.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "net/testing/raw_socket.h"
#include "net/tls/tls.h"

namespace outrider::net::testing {

class OpensslClient {
 public:
  // `identity` may be null.
  OpensslClient(const std::string& anchors_pem, const TlsIdentity* identity)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX* context = context_.get();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
      auto* self = static_cast<OpensslClient*>(SSL_get_app_data(ssl));
      self->session_.reset(session);
      ++self->tickets_;
      return 1;
    });
    const auto bio = [](ByteView text) {
      return std::unique_ptr<BIO, decltype(&BIO_free)>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                       BIO_free);
    };
    X509* anchor = PEM_read_bio_X509(bio(as_bytes(anchors_pem)).get(), nullptr, nullptr, nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), anchor);
    X509_free(anchor);
    if (identity == nullptr) return;
    X509* leaf = PEM_read_bio_X509(bio(as_bytes(identity->chain_pem)).get(), nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio(identity->key_pem.view()).get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context, leaf);
    SSL_CTX_use_PrivateKey(context, key);
    X509_free(leaf);
    EVP_PKEY_free(key);
  }
  OpensslClient(const OpensslClient&) = delete;
  OpensslClient& operator=(const OpensslClient&) = delete;
  ~OpensslClient() { hang_up(); }

  SSL_CTX* context() { return context_.get(); }
  SSL* ssl() { return ssl_.get(); }

  // Connects and shakes hands; with the last ticket when there is one and `resume` says so.
  bool connect(std::uint16_t port, bool resume = false) {
    hang_up();
    socket_ = std::make_unique<RawSocket>(port);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_fd(ssl_.get(), socket_->fd());
    if (resume && session_) SSL_set_session(ssl_.get(), session_.get());
    return SSL_connect(ssl_.get()) == 1;
  }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  // Tickets received so far; they come with the first bytes that are read.
  int tickets() const { return tickets_; }
  // The last ticket, for another client to use.
  SSL_SESSION* session() { return session_.get(); }
  // A copy: OpenSSL marks one that was used.
  void use(SSL_SESSION* session) { session_.reset(SSL_SESSION_dup(session)); }

  bool say(std::string_view text) {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
  }
  // Exactly so many bytes, or what came before the end.
  std::string hear(std::size_t bytes) {
    std::string out(bytes, 0);
    std::size_t have = 0;
    while (have < bytes) {
      const int count = SSL_read(ssl_.get(), out.data() + have, static_cast<int>(bytes - have));
      if (count <= 0) break;
      have += static_cast<std::size_t>(count);
    }
    out.resize(have);
    return out;
  }
  // What ended the connection: "close_notify", "end of file", or OpenSSL's reason.
  std::string ending() {
    char byte = 0;
    const int count = SSL_read(ssl_.get(), &byte, 1);
    if (count > 0) return "more content";
    if (SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN) return "close_notify";
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == nullptr ? "end of file" : reason;
  }
  // With close_notify.
  void hang_up() {
    if (ssl_) SSL_shutdown(ssl_.get());
    ssl_.reset();
    socket_.reset();
  }
  RawSocket& socket() { return *socket_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL_SESSION, Free> session_;
  std::unique_ptr<RawSocket> socket_;
  std::unique_ptr<SSL, Free> ssl_;
  int tickets_ = 0;
};

}  // namespace outrider::net::testing
