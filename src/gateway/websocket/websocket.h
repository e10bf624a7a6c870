#pragma once
// MQTT over a WebSocket over TLS (RFC 6455; MQTT 5, section 6), for browsers and for networks that let only HTTPS
// through. Stands between a TlsStream and its user, who sees the bytes of MQTT as if they had come over TLS alone: the
// handshake must be good, then on_open; bytes of binary frames are on_bytes; frames that break the rules end it.
//
// Life cycle and thread: those of the TlsStream. The user owns it and must call abort() before it goes away.
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/admission/peer.h"
#include "identity/enrolment/device_name.h"
#include "net/tls/tls_stream.h"
#include "wire/websocket/frame.h"

namespace outrider::gateway::websocket {

struct Options {
  // Pages that may connect, as browsers write an origin: "https://console.example". Empty: no page may; programs,
  // which send no Origin, always may.
  std::vector<std::string> origins;
  std::chrono::milliseconds opening_deadline{10'000};  // for the whole head of the request
};

class WebSocket final : public net::TlsUser {
 public:
  // `options` and `recognise` (admission::identify_peer) must outlive it.
  WebSocket(std::shared_ptr<net::TlsStream> stream, const Options& options, const admission::Recognise& recognise);

  // As TlsStream's. on_closed has besides its reasons: opening-timeout, those of wire/websocket/handshake.h
  // (origin-not-allowed, wrong-subprotocol …) and of wire/websocket/frame.h (text-frame, not-masked …).
  void start(net::TlsUser& user);
  // One binary frame.
  Result<bool> write(ByteView bytes);
  // Says goodbye in a Close frame first.
  void close();
  void abort();

  // Who it is: what admission::identify_peer found when TLS was open. Handed out once, within the user's on_open; or
  // within its on_closed when the opening was refused, nothing when TLS never was open.
  Result<identity::ClientIdentity> identity();
  std::optional<identity::ClientIdentity> refused_identity();

 private:
  enum class State : std::uint8_t { fresh, opening, open, closing };

  // What is needed only until the handshake is over.
  struct Opening {
    boost::asio::steady_timer deadline;
    std::string head;  // of the request, until it is whole
  };

  // net::TlsUser
  void on_open() override;
  void on_bytes(ByteView bytes) override;
  void on_drained() override;
  void on_closed(const Result<void>& why) override;

  void take_head(ByteView bytes);
  Result<std::string> answer_to(std::string_view head) const;
  void take_frames(ByteView bytes);
  void answer_ping(ByteView payload);
  void refuse_opening(const Error& error);
  // Ends it with a Close frame; `why` is what the user hears.
  void fail_with(wire::websocket::CloseCode code, Error why);

  std::shared_ptr<net::TlsStream> stream_;
  const Options& options_;
  const admission::Recognise& recognise_;
  net::TlsUser* user_ = nullptr;
  wire::websocket::FrameReader reader_;
  std::shared_ptr<Opening> opening_;  // until the handshake is over
  std::unique_ptr<Result<identity::ClientIdentity>> identity_;
  std::optional<Error> why_;
  State state_ = State::fresh;
};

}  // namespace outrider::gateway::websocket
