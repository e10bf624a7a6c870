#include "net/tls/tls_stream.h"

#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "crypto/openssl.h"
#include "net/tls/certificate.h"
#include "net/tls/handshake.h"

namespace outrider::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

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

TlsStream::TlsStream(Loop& loop, const TlsStreamLimits& limits)
    : loop_(loop), limits_(limits), close_deadline_(limits.close_deadline) {}

TlsStream::~TlsStream() = default;

Result<std::shared_ptr<TlsStream>> TlsStream::make(Loop& loop, Socket socket,
                                                   std::shared_ptr<const tls::Context> context, tls::Side side,
                                                   const TlsStreamLimits& limits) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  // Answers are gathered by us; Nagle's algorithm would only hold them back.
  if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
  // For peers without a keep alive of their own (MQTT 3.1.1 may turn it off): the kernel finds out that they are gone.
  if (!error) socket.set_option(asio::socket_base::keep_alive(true), error);
  int fd = -1;
  if (!error) fd = socket.release(error);
  if (error) return fail(Errc::unavailable, "reset", "connection: " + error.message());
  std::shared_ptr<TlsStream> stream(new TlsStream(loop, limits));
  stream->fd_ = UniqueFd(fd);
  stream->peer_ = peer;
  int on = 1;
  if (::ioctl(fd, FIONBIO, &on) != 0)
    return fail(Errc::unavailable, "reset", std::string("connection: ") + std::strerror(errno));
  TRY(stream->handshake_, tls::Handshake::make(loop, fd, std::move(context), side));
  return stream;
}

Result<std::shared_ptr<TlsStream>> TlsStream::accept(Loop& loop, Socket socket, const ServerTls& tls,
                                                     const TlsStreamLimits& limits) {
  return make(loop, std::move(socket), tls.context(loop), tls::Side::server, limits);
}

Result<std::shared_ptr<TlsStream>> TlsStream::connect(Loop& loop, Socket socket, const ClientTls& tls,
                                                      const Credential* credential, const std::string& server_name,
                                                      const TlsStreamLimits& limits) {
  TRY(auto stream, make(loop, std::move(socket), tls.context(), tls::Side::client, limits));
  SSL* ssl = &stream->handshake_->ssl();
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
  asio::post(loop_.context(), [self = shared_from_this()] {
    if (self->state_ != State::handshaking) return;
    self->watch();
    self->step_handshake();
  });
}

// --- handshake

void TlsStream::step_handshake() {
  const auto done = handshake_->step();
  handshake_->take_output(out_);
  // After the last step what is to be sent waits for the end of the turn: an answer may go with it.
  if (done && *done) return handshake_done();
  const auto sent = send();  // an alert, when it failed
  if (!done) return end(std::unexpected(done.error()));
  if (!sent) return end(sent);
  watch();
}

void TlsStream::handshake_done() {
  timer_.reset();
  shown_ = handshake_->take_shown();
  if (handshake_->can_leave_openssl()) {
    const auto start = handshake_->record_layer();
    if (!start) return end(std::unexpected(start.error()));
    records_.emplace(loop_.aead(), *start);
    partial_ = to_bytes(handshake_->rest());  // content may have come with the last flight
  }
  if (const X509* certificate = SSL_get0_peer_certificate(&handshake_->ssl())) {
    unverified_ = handshake_->unverified();
    certificate_ = unverified_ ? tls::chain_of(handshake_->ssl()) : tls::der_of(*certificate);
  }
  state_ = State::open;
  if (!out_.empty()) wake_at_turn_end();
  const auto self = shared_from_this();  // the user may let go of us
  user_->on_open();
  if (state_ == State::closed) return;
  if (records_) handshake_.reset();
  if (state_ == State::open && !paused_) {
    take_kept();
  }
}

// --- readiness

std::uint32_t TlsStream::wanted_events() const {
  std::uint32_t events = 0;
  const bool reading = state_ == State::handshaking || (state_ == State::open && !paused_) || state_ == State::closed;
  if (reading && !peer_ended_) events |= EPOLLIN;
  if (out_sent_ < out_.size()) events |= EPOLLOUT;
  return events;
}

void TlsStream::watch(bool heard_unwanted) {
  if (!fd_) return;
  const std::uint32_t wanted = wanted_events();
  if (wanted == watched_ || (!heard_unwanted && (wanted & ~watched_) == 0)) return;
  if (wanted == 0) return unwatch();  // an error or hang-up would be told for ever
  watched_ = wanted;
  if (slot_ != Poller::no_slot) return loop_.poller().change(slot_, fd_.get(), wanted);
  slot_ = loop_.poller().add(fd_.get(), shared_from_this(), wanted);
  if (slot_ != Poller::no_slot) return;
  watched_ = 0;
  asio::post(loop_.context(), [self = shared_from_this()] {
    self->end(fail(Errc::overloaded, "too-many-sockets", "the system watches no more sockets"));
  });
}

void TlsStream::unwatch() {
  watched_ = 0;
  if (slot_ != Poller::no_slot) loop_.poller().remove(std::exchange(slot_, Poller::no_slot), fd_.get());
}

void TlsStream::on_ready(std::uint32_t events) {
  const std::uint32_t wanted = wanted_events();
  if ((events & EPOLLOUT) != 0 && (wanted & EPOLLOUT) != 0) writable();
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && (wanted & EPOLLIN) != 0 &&
      (wanted_events() & EPOLLIN) != 0)
    readable();
  watch(true);
}

void TlsStream::readable() {
  switch (state_) {
    case State::handshaking:
      return step_handshake();
    case State::open:
      return records_ ? read_records() : read_tls12();
    default:
      return read_rest();
  }
}

// --- the end

void TlsStream::close() {
  if (state_ == State::closing || state_ == State::broken || state_ == State::closed) return;
  if (state_ != State::open) {  // there is no TLS to say goodbye in
    state_ = State::broken;
    asio::post(loop_.context(), [self = shared_from_this()] { self->end({}); });
    return;
  }
  state_ = State::closing;
  wake_at_turn_end();
}

void TlsStream::finish_closing() {
  if (out_.empty()) return end({});
  if (!timer_) set_deadline(close_deadline_, "slow-reader", "the peer did not take the last bytes in time");
}

void TlsStream::when_answered(std::function<void()> tell) {
  answered_ = std::make_unique<std::function<void()>>(std::move(tell));
}

void TlsStream::detach() {
  user_ = nullptr;
  hold(0);
}

void TlsStream::abort() {
  user_ = nullptr;
  if (state_ == State::closed && answered_) return;  // it has ended; whether the peer still answers is being awaited
  state_ = State::closed;
  hold(0);  // not in the destructor: the limits may be gone by then
  close_socket();
}

void TlsStream::refuse(const tls::Breach& breach) {
  records_->seal_alert(loop_.aead(), breach.alert, out_);
  std::ignore = send();
  end(fail(Errc::malformed, "tls",
           "reading: " + std::string(breach.what) + " (alert " + std::string(name_of(breach.alert)) + ")"));
}

void TlsStream::end(Result<void> why) {
  if (state_ == State::closed) return;
  if (std::exchange(state_, State::closed) == State::handshaking && handshake_) {
    shown_ = handshake_->take_shown();
    handshake_.reset();
  }
  timer_.reset();
  TlsUser* user = std::exchange(user_, nullptr);
  Bytes().swap(gathered_);
  Bytes().swap(out_);
  Bytes().swap(partial_);
  out_sent_ = 0;
  hold(0);
  linger();
  if (user != nullptr) user->on_closed(why);
}

// Closing a socket with unread input resets the connection, and the reset can overtake our last alert or answer. So the
// peer is given a moment to hear it and to close first.
void TlsStream::linger() {
  if (peer_ended_ || ::shutdown(fd_.get(), SHUT_WR) != 0) return close_socket();
  timer_ = std::make_unique<asio::steady_timer>(loop_.context(), close_deadline_);
  timer_->async_wait([self = shared_from_this()](const error_code& aborted) {
    if (!aborted) self->close_socket();
  });
  lingered_ = 0;
  watch();
}

void TlsStream::close_socket() {
  timer_.reset();
  if (!fd_) return;
  unwatch();
  fd_.reset();
}

// After the end: input is thrown away until the peer closes too.
void TlsStream::read_rest() {
  const auto buffer = loop_.buffer();
  const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count > 0) lingered_ += static_cast<std::size_t>(count);
  if (count == 0) {  // a reset may come from whoever stands between; this is the peer
    if (const auto tell = std::exchange(answered_, nullptr)) (*tell)();
  }
  if (count <= 0 || lingered_ > linger_bytes_max) close_socket();
}

void TlsStream::set_deadline(std::chrono::milliseconds after, const char* reason, const char* detail) {
  timer_ = std::make_unique<asio::steady_timer>(loop_.context(), after);
  timer_->async_wait([self = shared_from_this(), reason, detail, during = state_](const error_code& aborted) {
    if (!aborted && self->state_ == during) self->end(fail(Errc::unavailable, reason, detail));
  });
}

// --- tickets of a client

std::shared_ptr<ssl_session_st> TlsStream::session() const {
  return handshake_ && state_ != State::handshaking ? handshake_->session() : nullptr;
}

void TlsStream::resume(const std::shared_ptr<ssl_session_st>& session) {
  if (session && handshake_) (void)SSL_set_session(&handshake_->ssl(), session.get());
}

bool TlsStream::resumed() const {
  return handshake_ && SSL_session_reused(&handshake_->ssl()) == 1;
}

// --- what is known of the peer

Bytes TlsStream::peer_certificate() {
  return unverified_ ? Bytes() : std::exchange(certificate_, {});
}

std::vector<Bytes> TlsStream::unverified_chain() {
  return unverified_ ? tls::certificates_of(std::exchange(certificate_, {})) : std::vector<Bytes>();
}

std::optional<ByteView> TlsStream::resumed_tag() const {
  const tls::Ticket* ticket = handshake_ ? handshake_->resumed() : nullptr;
  if (ticket == nullptr) return std::nullopt;
  return ByteView(ticket->tag);
}

Timestamp TlsStream::key_began() const {
  return handshake_ ? handshake_->key_began() : system_clock().now();
}

void TlsStream::allow_resumption(std::string_view owner, std::string_view serial, ByteView tag, Timestamp not_after) {
  if (handshake_) handshake_->allow_resumption(owner, serial, tag, not_after);
}

std::string TlsStream::version() const {
  return records_ ? "TLSv1.3" : handshake_ ? SSL_get_version(&handshake_->ssl()) : "";
}
std::string TlsStream::cipher() const {
  return records_ ? tls::traits_of(records_->suite()).name : handshake_ ? SSL_get_cipher_name(&handshake_->ssl()) : "";
}

std::string TlsStream::peer_address() const {
  const std::string address = peer_.address().to_string();
  return (peer_.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(peer_.port());
}

}  // namespace outrider::net
