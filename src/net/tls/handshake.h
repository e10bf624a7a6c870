#pragma once
// A handshake by OpenSSL on a non-blocking socket, and what it leaves behind: for TLS 1.3 the secrets and counts with
// which a RecordLayer goes on, so that the SSL can be freed; for TLS 1.2 the SSL itself.
//
// OpenSSL reads through a BIO of ours from the loop's buffer, so that a flight is one system call and whatever came
// behind it is still ours; what it writes is collected for the stream to send.
// Belongs to one loop; its user must not move it.
#include <openssl/types.h>

#include <array>
#include <memory>
#include <span>

#include "net/loop.h"
#include "net/tls/context.h"
#include "net/tls/record/record_layer.h"
#include "net/tls/resumption/tickets.h"

struct ssl_session_st;

namespace outrider::net::tls {

// What a client showed that was not taken, and that names somebody. Rare, so apart from the rest.
struct Shown {
  static constexpr std::size_t certificate_bytes_max = 8'192;
  Bytes ticket_tag;   // of a ticket that was taken back (TicketStore::taken_back)
  Bytes certificate;  // DER of one that did not verify; nobody has proved to have its key
};

class Handshake {
 public:
  static Result<std::unique_ptr<Handshake>> make(Loop& loop, int fd, std::shared_ptr<const Context> context, Side side);
  ~Handshake();
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  // What the callbacks of a context need of its SSL_CTX.
  static void install(SSL_CTX& context, Side side);

  // True: it is done. False: call again when there is input. Either way, and also after a failure, there may be output.
  Result<bool> step();
  // What OpenSSL wants to send; appended to `out` and forgotten.
  void take_output(Bytes& out);
  // What came behind the handshake's last record; lent until the loop's buffer is used again.
  ByteView rest() const { return arrived_; }

  SSL& ssl() { return *ssl_; }
  bool is_tls13() const;
  // After `done`: a record layer can take over, and the SSL can go.
  bool can_leave_openssl() const { return is_tls13() && !context_->keeps_openssl; }
  // The peer's certificate did not verify, and the context keeps such (ClientCertificate::presented).
  bool unverified() const { return unverified_; }
  // After `done` with TLS 1.3: where a record layer begins. Lent.
  Result<RecordLayer::Start> record_layer() const;

  // --- tickets, on the server after `done`
  // Null when there was nothing of that kind. Also after a failure; handed out once.
  std::unique_ptr<Shown> take_shown() { return std::move(shown_); }
  // The session that the peer resumed.
  const Ticket* resumed() const;
  // Makes the ticket that was sent good, and the one that was used void. See TlsStream::allow_resumption.
  void allow_resumption(std::string_view owner, std::string_view serial, ByteView tag, Timestamp not_after);
  // See TlsStream::key_began.
  Timestamp key_began() const;

  // --- for clients that resume
  // What the last ticket stands for; null when there is none.
  std::shared_ptr<ssl_session_st> session() const;

  // --- while the SSL stays (TLS 1.2, clients that resume), after `done`
  // 0: nothing at present, or closed_by_peer().
  Result<std::size_t> read(std::span<std::uint8_t> into);
  bool closed_by_peer() const { return closed_by_peer_; }
  Result<void> write(ByteView bytes);
  void say_goodbye();

 private:
  struct Callbacks;
  friend struct Callbacks;
  struct Free {
    void operator()(SSL* ssl) const;
  };
  Handshake(Loop& loop, int fd, std::shared_ptr<const Context> context, Side side);
  std::unexpected<Error> failed(int result, const char* during);
  void keep_secret(std::string_view line);
  void receive();

  Loop& loop_;
  int fd_;
  Side side_;
  bool done_ = false;
  bool unverified_ = false;
  bool ended_ = false;  // the peer has ended its side of the connection
  bool closed_by_peer_ = false;
  int errno_ = 0;                           // of the last system call that failed
  std::shared_ptr<const Context> context_;  // before the SSL made of it
  std::unique_ptr<SSL, Free> ssl_;
  ByteView arrived_;  // not yet read by OpenSSL; in the loop's buffer or in kept_
  Bytes kept_;
  Bytes out_;
  std::array<std::uint8_t, secret_bytes_max> client_secret_{};
  std::array<std::uint8_t, secret_bytes_max> server_secret_{};
  std::uint32_t records_after_finished_ = 0;  // written since our Finished, that is under the application's key
  bool finished_sent_ = false;

  Shown& shown() {
    if (!shown_) shown_ = std::make_unique<Shown>();
    return *shown_;
  }
  std::unique_ptr<Shown> shown_;
  std::unique_ptr<Ticket> found_;  // what the peer's ticket stands for
  TicketStore::Id found_id_{};
  TicketStore::Id sent_id_{};
  Secret sent_psk_;
};

}  // namespace outrider::net::tls
