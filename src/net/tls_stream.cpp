#include "net/tls_stream.h"

#include <openssl/ssl.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "crypto/openssl.h"
#include "net/tls_detail/failure.h"

namespace outrider::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// One session may not keep the loop from the others for longer than this many bytes.
constexpr std::size_t read_burst_bytes = 128 * 1024;
// What a peer may still send after we have ended before it is cut off.
constexpr std::size_t linger_bytes_max = 256 * 1024;

Result<void> set_expected_name(SSL* ssl, const std::string& name) {
  error_code not_an_address;
  asio::ip::make_address(name, not_an_address);
  const bool good = not_an_address
                        ? SSL_set1_host(ssl, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, name.c_str()) == 1
                        : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  if (!good) return crypto::openssl_failure(Errc::malformed, "bad-server-name", name);
  return {};
}

}  // namespace

void TlsStream::Free::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

TlsStream::TlsStream(Loop& loop, Socket socket, Ssl ssl, const TlsStreamLimits& limits)
    : loop_(loop), limits_(limits), socket_(std::move(socket)), ssl_(std::move(ssl)) {}

TlsStream::~TlsStream() = default;

Result<std::shared_ptr<TlsStream>> TlsStream::make(Loop& loop, Socket socket, const std::shared_ptr<SSL_CTX>& context,
                                                   const TlsStreamLimits& limits) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
  // For peers without a keep alive of their own (MQTT 3.1.1 may turn it off): the kernel finds out that they are gone.
  if (!error) socket.set_option(asio::socket_base::keep_alive(true), error);
  if (error) return fail(Errc::unavailable, "reset", "connection: " + error.message());
  Ssl ssl(SSL_new(context.get()));
  if (!ssl || SSL_set_fd(ssl.get(), static_cast<int>(socket.native_handle())) != 1)
    return crypto::openssl_failure(Errc::internal, "tls", "new TLS session");
  std::shared_ptr<TlsStream> stream(new TlsStream(loop, std::move(socket), std::move(ssl), limits));
  stream->peer_ = peer;
  return stream;
}

Result<std::shared_ptr<TlsStream>> TlsStream::accept(Loop& loop, Socket socket, const ServerTls& tls,
                                                     const TlsStreamLimits& limits) {
  TRY(auto stream, make(loop, std::move(socket), tls.context(loop), limits));
  SSL_set_accept_state(stream->ssl_.get());
  return stream;
}

Result<std::shared_ptr<TlsStream>> TlsStream::connect(Loop& loop, Socket socket, const ClientTls& tls,
                                                      const Credential* credential, const std::string& server_name,
                                                      const TlsStreamLimits& limits) {
  TRY(auto stream, make(loop, std::move(socket), tls.context(), limits));
  SSL* ssl = stream->ssl_.get();
  SSL_set_connect_state(ssl);
  CHECK(set_expected_name(ssl, server_name));
  if (credential != nullptr) {
    bool good =
        SSL_use_certificate(ssl, credential->leaf.get()) == 1 && SSL_use_PrivateKey(ssl, credential->key.get()) == 1;
    for (const auto& issuer : credential->chain) good = good && SSL_add1_chain_cert(ssl, issuer.get()) == 1;
    if (!good) return crypto::openssl_failure(Errc::malformed, "bad-client-identity", "client certificate");
  }
  return stream;
}

void TlsStream::start(TlsUser& user) {
  user_ = &user;
  state_ = State::handshaking;
  set_deadline(limits_.handshake_deadline, "handshake-timeout", "the TLS handshake was not over in time");
  // Later, so that no call comes back before this one has returned.
  asio::post(loop_.context(), [self = shared_from_this()] { self->step_handshake(); });
}

void TlsStream::step_handshake() {
  if (state_ != State::handshaking) return;
  crypto::forget_openssl_errors();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) return handshake_done();
  const int saved_errno = errno;
  switch (const int error = SSL_get_error(ssl_.get(), done)) {
    case SSL_ERROR_WANT_READ:
      return wait_readable();
    case SSL_ERROR_WANT_WRITE:
      return wait_writable();
    default:
      end(tls_failure(*ssl_, error, saved_errno, "TLS handshake"));
      return;
  }
}

void TlsStream::handshake_done() {
  timer_.reset();
  state_ = State::open;
  user_->on_open();
  if (state_ == State::open && !paused_) read_ready();  // content may have come with the last flight
}

void TlsStream::wait_readable() {
  if (std::exchange(waiting_read_, true)) return;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& error) {
    self->waiting_read_ = false;
    if (error) return;  // the socket was closed here
    if (self->state_ == State::handshaking) return self->step_handshake();
    self->read_ready();
  });
}

void TlsStream::wait_writable() {
  if (std::exchange(waiting_write_, true)) return;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->waiting_write_ = false;
    if (error) return;
    if (self->state_ == State::handshaking) return self->step_handshake();
    self->write_ready();
  });
}

void TlsStream::read_ready() {
  if (state_ == State::closed || state_ == State::closing) return read_rest();
  std::size_t budget = read_burst_bytes;
  const auto self = shared_from_this();  // the user may let go of us in on_bytes
  while (state_ == State::open && !paused_) {
    const auto buffer = loop_.buffer();
    std::size_t count = 0;
    crypto::forget_openssl_errors();
    const int good = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
    if (good != 1) {
      const int saved_errno = errno;
      const int error = SSL_get_error(ssl_.get(), good);
      if (error == SSL_ERROR_WANT_READ) return wait_readable();
      if (error == SSL_ERROR_ZERO_RETURN) {
        SSL_shutdown(ssl_.get());
        return end({});
      }
      return end(tls_failure(*ssl_, error, saved_errno, "reading"));
    }
    bytes_in_ += count;
    user_->on_bytes(ByteView(buffer.data(), count));
    if (count >= budget) {
      asio::post(loop_.context(), [self] { self->read_ready(); });
      return;
    }
    budget -= count;
  }
}

Result<bool> TlsStream::write(ByteView bytes) {
  if (state_ != State::open) return fail(Errc::unavailable, "closed", "the connection is closed");
  if (queued() + bytes.size() > limits_.write_queue_bytes_max)
    return fail(Errc::overloaded, "slow-reader", "the peer does not read what it is sent");
  while (queue_.empty() && !bytes.empty()) {
    std::size_t count = 0;
    crypto::forget_openssl_errors();
    const int good = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (good == 1) {
      bytes_out_ += count;
      bytes = bytes.subspan(count);
      continue;
    }
    const int saved_errno = errno;
    const int error = SSL_get_error(ssl_.get(), good);
    if (error == SSL_ERROR_WANT_WRITE) break;
    // Told later: the caller is in the middle of something.
    state_ = State::broken;
    asio::post(loop_.context(), [self = shared_from_this(), why = tls_failure(*ssl_, error, saved_errno, "writing")] {
      self->end(why);
    });
    return fail(Errc::unavailable, "closed", "the connection broke while writing");
  }
  if (bytes.empty()) return true;
  queue_.insert(queue_.end(), bytes.begin(), bytes.end());
  wait_writable();
  over_high_ = over_high_ || queued() > limits_.write_high_bytes;
  return !over_high_;
}

bool TlsStream::flush() {
  while (queue_sent_ < queue_.size()) {
    std::size_t count = 0;
    crypto::forget_openssl_errors();
    const int good = SSL_write_ex(ssl_.get(), queue_.data() + queue_sent_, queue_.size() - queue_sent_, &count);
    if (good != 1) {
      const int saved_errno = errno;
      const int error = SSL_get_error(ssl_.get(), good);
      if (error != SSL_ERROR_WANT_WRITE) {
        end(tls_failure(*ssl_, error, saved_errno, "writing"));
        return false;
      }
      if (queue_sent_ > queue_.size() / 2) {
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(queue_sent_));
        queue_sent_ = 0;
      }
      wait_writable();
      return true;
    }
    bytes_out_ += count;
    queue_sent_ += count;
  }
  Bytes().swap(queue_);
  queue_sent_ = 0;
  return true;
}

void TlsStream::write_ready() {
  if (state_ != State::open && state_ != State::closing) return;
  if (!flush()) return;
  if (state_ == State::closing) {
    if (queue_.empty()) finish_closing();
    return;
  }
  if (over_high_ && queued() <= limits_.write_low_bytes) {
    over_high_ = false;
    user_->on_drained();
  }
}

void TlsStream::pause_reading() {
  paused_ = true;
}

void TlsStream::resume_reading() {
  if (!std::exchange(paused_, false) || state_ != State::open || waiting_read_) return;
  asio::post(loop_.context(), [self = shared_from_this()] {
    if (!self->waiting_read_) self->read_ready();
  });
}

void TlsStream::close() {
  if (state_ == State::closing || state_ == State::broken || state_ == State::closed) return;
  if (state_ != State::open) {  // there is no TLS to say goodbye in
    state_ = State::broken;
    asio::post(loop_.context(), [self = shared_from_this()] { self->end({}); });
    return;
  }
  state_ = State::closing;
  set_deadline(limits_.close_deadline, "slow-reader", "the peer did not take the last bytes in time");
  if (queue_.empty()) asio::post(loop_.context(), [self = shared_from_this()] { self->finish_closing(); });
}

void TlsStream::finish_closing() {
  if (state_ != State::closing) return;
  crypto::forget_openssl_errors();
  SSL_shutdown(ssl_.get());
  end({});
}

void TlsStream::abort() {
  user_ = nullptr;
  state_ = State::closed;
  timer_.reset();
  error_code ignored;
  socket_.close(ignored);
}

void TlsStream::end(Result<void> why) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  timer_.reset();
  TlsUser* user = std::exchange(user_, nullptr);
  Bytes().swap(queue_);
  queue_sent_ = 0;
  linger();
  if (user != nullptr) user->on_closed(why);
}

// Closing a socket with unread input resets the connection, and the reset can overtake our last alert or answer. So the
// peer is given a moment to hear it and to close first.
void TlsStream::linger() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return abort_socket();
  timer_ = std::make_unique<asio::steady_timer>(loop_.context(), limits_.close_deadline);
  timer_->async_wait([self = shared_from_this()](const error_code& aborted) {
    if (!aborted) self->abort_socket();
  });
  lingered_ = 0;
  wait_readable();
}

void TlsStream::abort_socket() {
  timer_.reset();
  error_code ignored;
  socket_.close(ignored);
}

// After the end: input is thrown away until the peer closes too.
void TlsStream::read_rest() {
  if (!socket_.is_open() || state_ == State::closing) return;
  for (;;) {
    error_code error;
    const auto buffer = loop_.buffer();
    const std::size_t count = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
    if (error == asio::error::would_block) return wait_readable();
    lingered_ += count;
    if (error || lingered_ > linger_bytes_max) return abort_socket();
  }
}

void TlsStream::set_deadline(std::chrono::milliseconds after, const char* reason, const char* detail) {
  timer_ = std::make_unique<asio::steady_timer>(loop_.context(), after);
  timer_->async_wait([self = shared_from_this(), reason, detail, during = state_](const error_code& aborted) {
    if (!aborted && self->state_ == during) self->end(fail(Errc::unavailable, reason, detail));
  });
}

Bytes TlsStream::peer_certificate() const {
  const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return {};
  const int size = i2d_X509(certificate, nullptr);
  crypto::must(size > 0, "i2d_X509");
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  i2d_X509(certificate, &out);
  return der;
}

std::string TlsStream::version() const {
  return SSL_get_version(ssl_.get());
}
std::string TlsStream::cipher() const {
  return SSL_get_cipher_name(ssl_.get());
}

std::string TlsStream::peer_address() const {
  const std::string address = peer_.address().to_string();
  return (peer_.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(peer_.port());
}

}  // namespace outrider::net
