#pragma once
// A TLS connection on a non-blocking socket, with callbacks.
//
// An idle session must cost next to nothing: no coroutine frame, no buffers (bytes are read into the loop's), no timer
// once the handshake is over. Nobody above sees OpenSSL, so that it can be dropped after the handshake for a record
// layer of our own.
//
// Life cycle: accept() or connect() gives a stream that does nothing until start(); then on_open once, on_bytes and
// on_drained any number of times, on_closed once and last. After abort() or detach() there are no more calls.
// Belongs to one loop; all members and all calls are on its thread. Waits keep the stream alive, the user does not have
// to: it must call abort() before it goes away (on_closed counts as that).
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/tls.h"

struct ssl_st;  // SSL of OpenSSL

namespace outrider::net {

class TlsUser {
 public:
  virtual void on_open() = 0;
  // The bytes are lent: they are gone when this returns. abort() and close() are allowed in here.
  virtual void on_bytes(ByteView bytes) = 0;
  // The write queue has fallen to `write_low_bytes` after write() had said it was too long.
  virtual void on_drained() = 0;
  // `why` has no error when the peer said goodbye (close_notify) or we did. Else its reason is one of:
  // handshake-timeout, not-tls, no-certificate, certificate-expired, certificate-untrusted, tls-alert, tls, truncated,
  // reset, slow-reader.
  virtual void on_closed(const Result<void>& why) = 0;

 protected:
  ~TlsUser() = default;
};

struct TlsStreamLimits {
  std::chrono::milliseconds handshake_deadline{10'000};  // a modem on 2G needs about 5 s
  // Above this, write() asks its caller to stop; below `write_low_bytes` on_drained lets it go on.
  std::size_t write_high_bytes = 64 * 1024;
  std::size_t write_low_bytes = 16 * 1024;
  // Above this, write() refuses: the peer does not read, and the caller does not listen.
  std::size_t write_queue_bytes_max = 1024 * 1024;
  // How long a close may take to send what is queued and its close_notify.
  std::chrono::milliseconds close_deadline{2'000};
};

class TlsStream final : public std::enable_shared_from_this<TlsStream> {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

  // The server's end of an accepted connection.
  static Result<std::shared_ptr<TlsStream>> accept(Loop& loop, Socket socket, const ServerTls& tls,
                                                   const TlsStreamLimits& limits);
  // The client's end of a connected socket. `server_name` (a DNS name or an IP address) must be in the server's
  // certificate, and goes into SNI when it is a name. `credential` may be null.
  static Result<std::shared_ptr<TlsStream>> connect(Loop& loop, Socket socket, const ClientTls& tls,
                                                    const Credential* credential, const std::string& server_name,
                                                    const TlsStreamLimits& limits);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // Begins the handshake. `user` hears of everything from here on. `limits` given to accept()/connect() must outlive
  // the stream (they belong to the listener).
  void start(TlsUser& user);

  // Sends, or queues what the socket does not take. True: carry on. False: the queue is over `write_high_bytes`, wait
  // for on_drained. Error: overloaded (nothing was queued) or unavailable (closed).
  Result<bool> write(ByteView bytes);
  std::size_t queued() const { return queue_.size() - queue_sent_; }

  // While paused nothing is read, so TCP holds the peer back.
  void pause_reading();
  void resume_reading();

  // Sends what is queued, then close_notify, then closes; on_closed follows. Reading stops at once.
  void close();
  // Closes the socket at once, without on_closed.
  void abort();

  bool is_open() const { return state_ == State::open; }
  // The peer's certificate, verified; empty when it sent none.
  Bytes peer_certificate() const;
  // "TLSv1.3", "TLS_AES_128_GCM_SHA256".
  std::string version() const;
  std::string cipher() const;
  // "192.0.2.1:4711", "[2001:db8::1]:4711".
  std::string peer_address() const;
  // Bytes of content (not of TLS or TCP) so far.
  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }
  Loop& loop() { return loop_; }

 private:
  enum class State : std::uint8_t { fresh, handshaking, open, closing, broken, closed };
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  using Ssl = std::unique_ptr<ssl_st, Free>;

  TlsStream(Loop& loop, Socket socket, Ssl ssl, const TlsStreamLimits& limits);
  static Result<std::shared_ptr<TlsStream>> make(Loop& loop, Socket socket, const std::shared_ptr<ssl_ctx_st>& context,
                                                 const TlsStreamLimits& limits);

  void step_handshake();
  void handshake_done();
  void wait_readable();
  void wait_writable();
  void read_ready();
  void write_ready();
  // Sends from the queue; false when the stream has ended meanwhile.
  bool flush();
  void read_rest();
  void finish_closing();
  void linger();
  void abort_socket();
  void set_deadline(std::chrono::milliseconds after, const char* reason, const char* detail);
  // Ends the stream and tells the user, once.
  void end(Result<void> why);

  Loop& loop_;
  const TlsStreamLimits& limits_;
  Socket socket_;
  Ssl ssl_;
  TlsUser* user_ = nullptr;
  std::unique_ptr<boost::asio::steady_timer> timer_;  // only while a handshake or a close is under way
  Bytes queue_;                                       // empty (and without memory) whenever the peer keeps up
  std::size_t queue_sent_ = 0;
  std::size_t lingered_ = 0;  // bytes thrown away after the end
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  boost::asio::ip::tcp::endpoint peer_;
  State state_ = State::fresh;
  bool waiting_read_ = false;
  bool waiting_write_ = false;
  bool paused_ = false;
  bool over_high_ = false;
};

}  // namespace outrider::net
