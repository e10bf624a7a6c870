#include "net/tls/handshake.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "crypto/openssl.h"
#include "net/tls/certificate.h"
#include "net/tls_detail/failure.h"

namespace outrider::net::tls {

namespace {

constexpr std::uint8_t finished_message = 20;  // HandshakeType of RFC 8446, 4

}  // namespace

// OpenSSL's way back to us. The SSL's application data is its Handshake.
struct Handshake::Callbacks {
  static Handshake& of(const SSL* ssl) { return *static_cast<Handshake*>(SSL_get_app_data(ssl)); }

  static int read(BIO* bio, char* out, int size) {
    Handshake& self = *static_cast<Handshake*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    ssize_t count = 0;
    if (self.arrived_.empty() && self.done_) {  // TLS 1.2, which has buffers of its own
      count = ::recv(self.fd_, out, static_cast<std::size_t>(size), 0);
      if (count < 0) self.errno_ = errno;
      self.ended_ = count == 0;
    } else {
      if (self.arrived_.empty()) self.receive();
      count = static_cast<ssize_t>(std::min(self.arrived_.size(), static_cast<std::size_t>(size)));
      std::copy_n(self.arrived_.begin(), count, out);
      self.arrived_ = self.arrived_.subspan(static_cast<std::size_t>(count));
      if (count == 0 && !self.ended_) count = -1;
    }
    if (count < 0 && (self.errno_ == EAGAIN || self.errno_ == EINTR)) BIO_set_retry_read(bio);
    return static_cast<int>(count);
  }
  static int write(BIO* bio, const char* bytes, int size) {
    Handshake& self = *static_cast<Handshake*>(BIO_get_data(bio));
    self.out_.insert(self.out_.end(), bytes, bytes + size);
    return size;
  }
  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return static_cast<Handshake*>(BIO_get_data(bio))->ended_ ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
  static BIO_METHOD* method() {
    static BIO_METHOD* const only = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "outrider");
      crypto::must(made != nullptr && BIO_meth_set_read(made, read) == 1 && BIO_meth_set_write(made, write) == 1 &&
                       BIO_meth_set_ctrl(made, control) == 1,
                   "BIO_meth_new");
      return made;
    }();
    return only;
  }

  static void key_log(const SSL* ssl, const char* line) { of(ssl).keep_secret(line); }

  // Counts the records that were written under the application's key: NewSessionTicket, an alert.
  static void message(int write, int, int type, const void* bytes, std::size_t size, SSL* ssl, void*) {
    if (write != 1) return;
    Handshake& self = of(ssl);
    if (type == SSL3_RT_HEADER) {
      if (self.finished_sent_) ++self.records_after_finished_;
    } else if (type == SSL3_RT_HANDSHAKE && size > 0 && *static_cast<const std::uint8_t*>(bytes) == finished_message) {
      self.finished_sent_ = true;
    }
  }

  // A ticket is being sent.
  static int new_session(SSL* ssl, SSL_SESSION* session) {
    Handshake& self = of(ssl);
    unsigned id_bytes = 0;
    const unsigned char* id = SSL_SESSION_get_id(session, &id_bytes);
    // With max_fragment_length a session could not be resumed: OpenSSL wants it to be in the session, where we cannot
    // put it.
    if (SSL_version(ssl) != TLS1_3_VERSION || id_bytes != TicketStore::id_bytes ||
        SSL_SESSION_get_max_fragment_length(session) != TLSEXT_max_fragment_length_DISABLED)
      return 0;
    std::copy_n(id, id_bytes, self.sent_id_.begin());
    Bytes psk(secret_bytes_max);
    psk.resize(SSL_SESSION_get_master_key(session, psk.data(), psk.size()));
    self.sent_psk_ = Secret(std::move(psk));
    return 0;  // we keep no reference
  }

  static SSL_SESSION* get_session(SSL* ssl, const unsigned char* id, int size, int* copy) {
    *copy = 0;
    Handshake& self = of(ssl);
    const TicketStore* store = self.context_->tickets.get();
    if (store == nullptr || SSL_version(ssl) != TLS1_3_VERSION || size != TicketStore::id_bytes) return nullptr;
    auto found = store->find({id, TicketStore::id_bytes});
    if (!found) {
      if (auto tag = store->taken_back({id, TicketStore::id_bytes})) self.shown().ticket_tag = *std::move(tag);
      return nullptr;
    }
    const auto life = std::min(store->life_of(found->began),
                               std::chrono::duration_cast<std::chrono::seconds>(found->expires - system_clock().now()));
    if (life.count() <= 0) return nullptr;
    const auto number = static_cast<std::uint16_t>(found->suite);
    const std::array<unsigned char, 2> wire{static_cast<unsigned char>(number >> 8U),
                                            static_cast<unsigned char>(number)};
    SSL_SESSION* session = SSL_SESSION_new();
    const ByteView psk = found->psk.view();
    const bool good = session != nullptr && SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1 &&
                      SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, wire.data())) == 1 &&
                      SSL_SESSION_set1_master_key(session, psk.data(), psk.size()) == 1 &&
                      SSL_SESSION_set1_id(session, id, TicketStore::id_bytes) == 1 &&
                      SSL_SESSION_set1_id_context(session, session_context.data(), session_context.size()) == 1;
    crypto::must(good, "SSL_SESSION_new");
    SSL_SESSION_set_timeout(session, life.count());
    self.found_ = std::make_unique<Ticket>(*std::move(found));
    std::copy_n(id, TicketStore::id_bytes, self.found_id_.begin());
    return session;
  }

  static int verify(X509_STORE_CTX* store, void*) {
    const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    VerifiedCertificates* verified = of(ssl).context_->verified.get();
    const X509* leaf = X509_STORE_CTX_get0_cert(store);
    if (verified == nullptr || leaf == nullptr) return X509_verify_cert(store);
    const auto digest = crypto::sha256(der_of(*leaf));
    if (verified->contains(serial_of(*leaf), digest)) {
      X509_STORE_CTX_set_error(store, X509_V_OK);
      return 1;
    }
    const int good = X509_verify_cert(store);
    if (good == 1) verified->add(serial_of(*leaf), digest, end_of(*leaf));
    if (good != 1 && !of(ssl).context_->keeps_unverified) {
      if (Bytes der = der_of(*leaf); der.size() <= Shown::certificate_bytes_max)
        of(ssl).shown().certificate = std::move(der);
    }
    if (good == 1 || !of(ssl).context_->keeps_unverified) return good;
    of(ssl).unverified_ = true;
    return 1;  // the client still has to prove that it has the key
  }
};

void Handshake::Free::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

void Handshake::install(SSL_CTX& context, Side side) {
  SSL_CTX_set_keylog_callback(&context, Callbacks::key_log);
  SSL_CTX_set_msg_callback(&context, Callbacks::message);
  if (side == Side::client) return;
  SSL_CTX_sess_set_new_cb(&context, Callbacks::new_session);
  SSL_CTX_sess_set_get_cb(&context, Callbacks::get_session);
  SSL_CTX_set_cert_verify_callback(&context, Callbacks::verify, nullptr);
}

Handshake::Handshake(Loop& loop, int fd, std::shared_ptr<const Context> context, Side side)
    : loop_(loop), fd_(fd), side_(side), context_(std::move(context)) {}

Handshake::~Handshake() {
  OPENSSL_cleanse(client_secret_.data(), client_secret_.size());
  OPENSSL_cleanse(server_secret_.data(), server_secret_.size());
}

Result<std::unique_ptr<Handshake>> Handshake::make(Loop& loop, int fd, std::shared_ptr<const Context> context,
                                                   Side side) {
  std::unique_ptr<Handshake> made(new Handshake(loop, fd, std::move(context), side));
  made->ssl_.reset(SSL_new(made->context_->ssl.get()));
  BIO* bio = BIO_new(Callbacks::method());
  if (!made->ssl_ || bio == nullptr || SSL_set_app_data(made->ssl_.get(), made.get()) != 1) {
    BIO_free(bio);
    return crypto::openssl_failure(Errc::internal, "tls", "new TLS session");
  }
  BIO_set_data(bio, made.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(made->ssl_.get(), bio, bio);
  if (side == Side::server)
    SSL_set_accept_state(made->ssl_.get());
  else
    SSL_set_connect_state(made->ssl_.get());
  return made;
}

void Handshake::receive() {
  const auto buffer = loop_.buffer();
  const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (count < 0) errno_ = errno;
  ended_ = count == 0;
  if (count > 0) arrived_ = ByteView(buffer.data(), static_cast<std::size_t>(count));
}

std::unexpected<Error> Handshake::failed(int result, const char* during) {
  const int error = SSL_get_error(ssl_.get(), result);
  return tls_failure(*ssl_, error, ended_ ? 0 : errno_, during);
}

Result<bool> Handshake::step() {
  crypto::forget_openssl_errors();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) return false;  // it has read all there was
    return failed(result, "TLS handshake");
  }
  done_ = true;
  if (can_leave_openssl()) return true;
  // From here on OpenSSL reads the socket itself; the loop's buffer is for others meanwhile.
  kept_.assign(arrived_.begin(), arrived_.end());
  arrived_ = kept_;
  SSL_set_read_ahead(ssl_.get(), 1);
  return true;
}

void Handshake::take_output(Bytes& out) {
  if (out.empty())
    out.swap(out_);
  else
    out.insert(out.end(), out_.begin(), out_.end());
  out_.clear();
}

bool Handshake::is_tls13() const {
  return SSL_version(ssl_.get()) == TLS1_3_VERSION;
}

// "<label> <client random> <secret>", in hexadecimal.
void Handshake::keep_secret(std::string_view line) {
  const bool client = line.starts_with("CLIENT_TRAFFIC_SECRET_0 ");
  if (!client && !line.starts_with("SERVER_TRAFFIC_SECRET_0 ")) return;
  auto& secret = client ? client_secret_ : server_secret_;
  const std::string_view digits = line.substr(line.rfind(' ') + 1);
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < digits.size() && i / 2 < secret.size(); i += 2)
    secret[i / 2] = static_cast<std::uint8_t>(value(digits[i]) << 4 | value(digits[i + 1]));
}

Result<RecordLayer::Start> Handshake::record_layer() const {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
  const SuiteTraits* traits = cipher == nullptr ? nullptr : find_suite(SSL_CIPHER_get_protocol_id(cipher));
  if (traits == nullptr) return fail(Errc::internal, "tls", "a cipher suite that no policy of ours allows");
  RecordLayer::Start start;
  start.side = side_;
  start.suite = traits->suite;
  const ByteView client = ByteView(client_secret_).first(traits->secret_bytes);
  const ByteView server = ByteView(server_secret_).first(traits->secret_bytes);
  start.read_secret = side_ == Side::server ? client : server;
  start.write_secret = side_ == Side::server ? server : client;
  start.records_written = records_after_finished_;
  // RFC 6066, 4: 1 is 2^9 bytes, 4 is 2^12.
  const std::uint8_t code = SSL_SESSION_get_max_fragment_length(SSL_get0_session(ssl_.get()));
  if (code != TLSEXT_max_fragment_length_DISABLED) start.fragment_bytes_max = std::size_t{256} << code;
  return start;
}

const Ticket* Handshake::resumed() const {
  return SSL_session_reused(ssl_.get()) == 1 ? found_.get() : nullptr;
}

// A copy: OpenSSL calls the original not resumable when its connection ends without a goodbye, which is how devices
// that roam leave.
std::shared_ptr<ssl_session_st> Handshake::session() const {
  const SSL_SESSION* session = SSL_get0_session(ssl_.get());
  if (session == nullptr || SSL_SESSION_is_resumable(session) != 1) return nullptr;
  return {SSL_SESSION_dup(session), SSL_SESSION_free};
}

Timestamp Handshake::key_began() const {
  const Ticket* used = resumed();
  return used != nullptr ? used->began : system_clock().now();
}

void Handshake::allow_resumption(std::string_view owner, std::string_view serial, ByteView tag, Timestamp not_after) {
  TicketStore* store = context_->tickets.get();
  if (store == nullptr) return;
  const Ticket* used = resumed();
  if (used != nullptr) store->remove(found_id_);
  if (sent_psk_.empty()) return;  // the peer wants no tickets, or could not use them
  const Timestamp now = system_clock().now();
  const Timestamp began = key_began();
  store->put(sent_id_, owner, serial,
             {find_suite(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl_.get())))->suite, std::move(sent_psk_),
              began, std::min<Timestamp>(not_after, now + store->life_of(began)), to_bytes(tag)});
}

Result<std::size_t> Handshake::read(std::span<std::uint8_t> into) {
  std::size_t count = 0;
  crypto::forget_openssl_errors();
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
  if (result == 1) return count;
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return 0;
  closed_by_peer_ = error == SSL_ERROR_ZERO_RETURN;
  if (closed_by_peer_) return 0;
  return failed(result, "reading");
}

Result<void> Handshake::write(ByteView bytes) {
  while (!bytes.empty()) {
    std::size_t count = 0;
    crypto::forget_openssl_errors();
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (result != 1) return failed(result, "writing");
    bytes = bytes.subspan(count);
  }
  return {};
}

void Handshake::say_goodbye() {
  crypto::forget_openssl_errors();
  SSL_shutdown(ssl_.get());
}

}  // namespace outrider::net::tls
