#pragma once
// What a session's bytes travel on: TLS, or a WebSocket over TLS. A session over TLS alone pays one pointer for it.
#include <memory>

#include "gateway/admission/peer.h"
#include "gateway/websocket/websocket.h"
#include "net/tls/tls_stream.h"

namespace outrider::gateway::mqtt {

class Wire {
 public:
  explicit Wire(std::shared_ptr<net::TlsStream> stream, std::unique_ptr<websocket::WebSocket> socket = nullptr)
      : stream_(std::move(stream)), socket_(std::move(socket)) {}

  void start(net::TlsUser& user) { socket_ ? socket_->start(user) : stream_->start(user); }
  Result<bool> write(ByteView bytes) { return socket_ ? socket_->write(bytes) : stream_->write(bytes); }
  void pause_reading() { stream_->pause_reading(); }
  void resume_reading() { stream_->resume_reading(); }
  void close() { socket_ ? socket_->close() : stream_->close(); }
  void abort() { socket_ ? socket_->abort() : stream_->abort(); }

  std::size_t queued() const { return stream_->queued(); }

  // Within on_open, once.
  Result<identity::ClientIdentity> identify(const admission::Recognise& recognise) {
    return socket_ ? socket_->identity() : admission::identify_peer(*stream_, recognise);
  }
  // Within on_closed, of a WebSocket whose opening was refused: who it was.
  std::optional<identity::ClientIdentity> refused_identity() {
    return socket_ ? socket_->refused_identity() : std::nullopt;
  }
  const net::tls::Shown* shown() const { return stream_->shown(); }
  void when_answered(std::function<void()> tell) { stream_->when_answered(std::move(tell)); }
  // "", or "/wss": how the protocol is named in session.opened.
  std::string_view suffix() const { return socket_ ? "/wss" : ""; }
  // Within on_open.
  Timestamp key_began() const { return stream_->key_began(); }
  std::string version() const { return stream_->version(); }
  std::string cipher() const { return stream_->cipher(); }
  std::uint64_t bytes_in() const { return stream_->bytes_in(); }
  std::uint64_t bytes_out() const { return stream_->bytes_out(); }

 private:
  std::shared_ptr<net::TlsStream> stream_;
  std::unique_ptr<websocket::WebSocket> socket_;
};

}  // namespace outrider::gateway::mqtt
