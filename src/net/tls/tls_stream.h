#pragma once
// A TLS connection on a non-blocking socket, with callbacks.
//
// An idle session must cost next to nothing: no coroutine frame, no buffers (bytes are read into the loop's), no timer
// once the handshake is over, and no OpenSSL: after a TLS 1.3 handshake a record layer of our own carries the bytes.
// A session of TLS 1.2, where a listener allows it, keeps its SSL.
//
// What is written is sent when the loop's turn ends: answers to several packets leave in one record and one system
// call.
//
// Life cycle: accept() or connect() gives a stream that does nothing until start(); then on_open once, on_bytes and
// on_drained any number of times, on_closed once and last. After abort() or detach() there are no more calls.
// Belongs to one loop; all members and all calls are on its thread. Waits keep the stream alive, the user does not have
// to: it must call abort() before it goes away (on_closed counts as that).
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"
#include "base/time.h"
#include "net/loop.h"
#include "net/poller.h"
#include "net/tls/record/record_layer.h"
#include "net/tls/tls.h"

struct ssl_session_st;

namespace outrider::net {

namespace tls {
class Handshake;
struct Shown;
}  // namespace tls

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
  // If given: bytes that wait for their peers' sockets, of all streams under these limits.
  std::shared_ptr<std::atomic<std::size_t>> held;
};

class TlsStream final : public Pollable, public TurnEnd, public std::enable_shared_from_this<TlsStream> {
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

  // Sends at the end of the loop's turn, and queues what the socket does not take then. True: carry on. False: the
  // queue is over `write_high_bytes`, wait for on_drained. Error: overloaded (nothing was queued) or unavailable
  // (closed).
  Result<bool> write(ByteView bytes);
  std::size_t queued() const { return gathered_.size() + out_.size() - out_sent_; }

  // While paused nothing is read, so TCP holds the peer back.
  void pause_reading();
  void resume_reading();

  // Sends what is queued, then close_notify, then closes; on_closed follows. Reading stops at once.
  void close();
  // After close(): the user goes, and what is queued and the close_notify still go out.
  void detach();
  // Closes the socket at once, without on_closed; after on_closed it leaves when_answered() its time.
  void abort();

  bool is_open() const { return state_ == State::open; }
  // The peer's certificate, verified; handed out once. Empty when it sent none, or came back with a ticket.
  Bytes peer_certificate();
  // With ClientCertificate::presented: the certificates of a peer whose own did not verify, leaf first. All that is
  // known is that it has the leaf's private key. Handed out once.
  std::vector<Bytes> unverified_chain();
  // For servers, within on_open only. When the peer came back with a ticket: the tag that allow_resumption() was given
  // when it had shown its certificate.
  std::optional<ByteView> resumed_tag() const;
  // When the handshake was in which the peer showed its certificate: this one, or the first of those resumed since.
  Timestamp key_began() const;
  // Makes the ticket good that the handshake has sent; without this call it is worth nothing. `tag` is what the user
  // needs to know of the peer instead of its certificate, `owner` and the certificate's `serial` the names under which
  // ServerTls::forget() takes tickets back, `not_after` the end of the certificate. Nothing happens when the listener
  // does not resume.
  void allow_resumption(std::string_view owner, std::string_view serial, ByteView tag, Timestamp not_after);
  // For servers, within on_open and on_closed: what the peer showed in the handshake that was not taken, and whose it
  // says it is (net/tls/handshake.h). Null: nothing.
  const tls::Shown* shown() const { return shown_.get(); }
  // Called once if the peer still answers when the stream has been closed, that is if it closes its side, too, in time:
  // then it was alive. On the loop's thread, when there may be no user any more.
  void when_answered(std::function<void()> tell);
  // For clients with ClientTlsConfig::resumption. session(): what a later connection to the server can resume; null
  // when it has sent no ticket. resume(): before start(). A ticket is good for one connection.
  std::shared_ptr<ssl_session_st> session() const;
  void resume(const std::shared_ptr<ssl_session_st>& session);
  bool resumed() const;
  // "TLSv1.3", "TLS_AES_128_GCM_SHA256".
  std::string version() const;
  std::string cipher() const;
  // "192.0.2.1:4711", "[2001:db8::1]:4711".
  std::string peer_address() const;
  // Bytes of content (not of TLS or TCP) so far.
  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_ + gathered_.size(); }
  Loop& loop() { return loop_; }

  // For the loop.
  void on_ready(std::uint32_t events) override;
  void on_turn_end() override;

 private:
  enum class State : std::uint8_t { fresh, handshaking, open, closing, broken, closed };

  TlsStream(Loop& loop, const TlsStreamLimits& limits);
  static Result<std::shared_ptr<TlsStream>> make(Loop& loop, Socket socket, std::shared_ptr<const tls::Context> context,
                                                 tls::Side side, const TlsStreamLimits& limits);

  void step_handshake();
  void handshake_done();
  void readable();
  void read_records();
  void take_records(std::span<std::uint8_t> bytes);
  // False when the stream has ended.
  bool take_record(std::span<std::uint8_t> record);
  void read_tls12();
  void take_kept();
  void peer_closed();
  void read_rest();
  void writable();

  // Encrypts what was gathered.
  Result<void> seal();
  void hold(std::size_t bytes);
  // Hands the socket what it takes of out_.
  Result<void> send();
  void wake_at_turn_end();
  void finish_closing();

  // Listens for what is wanted now; for less only when something unwanted was heard.
  void watch(bool heard_unwanted = false);
  std::uint32_t wanted_events() const;
  void unwatch();

  void linger();
  void close_socket();
  void set_deadline(std::chrono::milliseconds after, const char* reason, const char* detail);
  // Says why in an alert, then ends.
  void refuse(const tls::Breach& breach);
  // Ends the stream and tells the user, once.
  void end(Result<void> why);

  Loop& loop_;
  const TlsStreamLimits& limits_;                   // while there is a user
  const std::chrono::milliseconds close_deadline_;  // of limits_; a close may outlast its user
  TlsUser* user_ = nullptr;
  std::optional<tls::RecordLayer> records_;    // TLS 1.3, once the handshake is over
  std::unique_ptr<tls::Handshake> handshake_;  // till then; TLS 1.2 keeps it
  std::unique_ptr<const tls::Shown> shown_;
  std::unique_ptr<std::function<void()>> answered_;
  std::unique_ptr<boost::asio::steady_timer> timer_;  // only while a handshake or a close is under way
  Bytes certificate_;                                 // the peer's, until it is asked for
  bool unverified_ = false;  // certificate_ is its whole chain, each with its length, and did not verify
  Bytes partial_;            // read and not yet taken: the beginning of a record, or more while reading is paused
  Bytes gathered_;           // written in this turn
  Bytes out_;                // records that the socket did not take yet
  std::size_t out_sent_ = 0;
  std::size_t held_ = 0;      // of these, counted in limits_.held
  std::size_t lingered_ = 0;  // bytes thrown away after the end
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  boost::asio::ip::tcp::endpoint peer_;
  UniqueFd fd_;
  Poller::Slot slot_ = Poller::no_slot;
  std::uint32_t watched_ = 0;  // events asked of the poller
  State state_ = State::fresh;
  bool paused_ = false;
  bool over_high_ = false;
  bool turn_end_due_ = false;
  bool peer_ended_ = false;  // nothing more comes
};

}  // namespace outrider::net
