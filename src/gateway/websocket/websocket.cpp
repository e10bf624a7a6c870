#include "gateway/websocket/websocket.h"

#include <algorithm>
#include <array>

#include "crypto/hash.h"
#include "wire/websocket/handshake.h"

namespace outrider::gateway::websocket {

using wire::websocket::CloseCode;
using wire::websocket::Opcode;

namespace {

constexpr std::array<std::string_view, 2> paths{"/", "/mqtt"};
// While more than this waits for the peer to read it, its pings are not answered (RFC 6455, 5.5.3 asks for the last).
constexpr std::size_t pong_queue_bytes_max = 4096;

}  // namespace

WebSocket::WebSocket(std::shared_ptr<net::TlsStream> stream, const Options& options,
                     const admission::Recognise& recognise)
    : stream_(std::move(stream)), options_(options), recognise_(recognise) {}

void WebSocket::start(net::TlsUser& user) {
  user_ = &user;
  stream_->start(*this);
}

void WebSocket::on_open() {
  // Only now the stream knows what a ticket said.
  identity_ = std::make_unique<Result<identity::ClientIdentity>>(admission::identify_peer(*stream_, recognise_));
  state_ = State::opening;
  opening_ = std::make_shared<Opening>(boost::asio::steady_timer(stream_->loop().context(), options_.opening_deadline),
                                       std::string());
  // It may have gone off, and its call be on the way, when we go away.
  opening_->deadline.async_wait(
      [this, opening = std::weak_ptr<Opening>(opening_)](const boost::system::error_code& cancelled) {
        if (cancelled || opening.expired()) return;
        refuse_opening({Errc::malformed, "opening-timeout", "no whole WebSocket request in time"});
      });
}

Result<identity::ClientIdentity> WebSocket::identity() {
  return *std::exchange(identity_, nullptr);
}

std::optional<identity::ClientIdentity> WebSocket::refused_identity() {
  const auto known = std::exchange(identity_, nullptr);
  if (!known || !*known) return std::nullopt;
  return **known;
}

void WebSocket::on_bytes(ByteView bytes) {
  if (state_ == State::opening) return take_head(bytes);
  if (state_ == State::open) take_frames(bytes);
}

void WebSocket::take_head(ByteView bytes) {
  const auto text = as_text(bytes);
  std::string& head = opening_->head;
  const std::size_t before = head.size();
  head.append(text.substr(0, std::min(text.size(), wire::websocket::head_bytes_max + 1 - before)));
  const auto end = wire::websocket::end_of_head(head);
  if (!end) {
    if (head.size() > wire::websocket::head_bytes_max)
      refuse_opening({Errc::malformed, "bad-request", "the head of the request is too long"});
    return;
  }
  const auto answer = answer_to(std::string_view(head).substr(0, *end));
  if (!answer) return refuse_opening(answer.error());
  const ByteView rest = bytes.subspan(*end - before);
  opening_.reset();
  state_ = State::open;
  (void)stream_->write(as_bytes(*answer));  // a stream that cannot take this tells us by on_closed
  user_->on_open();
  if (state_ == State::open && !rest.empty()) take_frames(rest);
}

Result<std::string> WebSocket::answer_to(std::string_view head) const {
  TRY(const auto opening, wire::websocket::parse_opening(head));
  if (std::ranges::find(paths, opening.path) == paths.end())
    return fail(Errc::not_found, "unknown-path", "MQTT is at /mqtt here");
  if (!wire::websocket::origin_allowed(opening.origin, options_.origins))
    return fail(Errc::forbidden, "origin-not-allowed",
                "pages of this origin may not connect; websocket.origins in the configuration lists those that may");
  const std::string accepted = opening.key + std::string(wire::websocket::key_suffix);
  return wire::websocket::opening_response(base64(crypto::sha1(as_bytes(accepted))));
}

void WebSocket::refuse_opening(const Error& error) {
  opening_.reset();
  state_ = State::closing;
  why_ = error;
  (void)stream_->write(as_bytes(wire::websocket::refusal_response(error)));
  stream_->close();
}

void WebSocket::take_frames(ByteView bytes) {
  const auto fed = reader_.feed(bytes, {.data = [this](ByteView piece) -> Result<void> {
                                          user_->on_bytes(piece);
                                          if (state_ == State::open) return {};
                                          return fail(Errc::unavailable, "closed", "the user has ended it");
                                        },
                                        .ping = [this](ByteView payload) { answer_ping(payload); },
                                        .close =
                                            [this](CloseCode code) {
                                              // RFC 6455, 5.5.1: the answer repeats its code.
                                              state_ = State::closing;
                                              (void)stream_->write(wire::websocket::close_frame(code, {}));
                                              stream_->close();
                                            }});
  if (fed || state_ != State::open) return;
  fail_with(wire::websocket::close_code_of(fed.error()), fed.error());
}

void WebSocket::answer_ping(ByteView payload) {
  if (stream_->queued() > pong_queue_bytes_max) return;
  (void)stream_->write(wire::websocket::control_frame(Opcode::pong, payload));
}

void WebSocket::fail_with(CloseCode code, Error why) {
  state_ = State::closing;
  (void)stream_->write(wire::websocket::close_frame(code, why.detail));
  why_ = std::move(why);
  stream_->close();
}

Result<bool> WebSocket::write(ByteView bytes) {
  if (state_ != State::open) return fail(Errc::unavailable, "closed", "the WebSocket is not open");
  // In one piece: a header without its payload could not be taken back.
  const auto header = wire::websocket::header_of(Opcode::binary, bytes.size());
  Bytes frame;
  frame.reserve(header.size + bytes.size());
  frame.insert(frame.end(), header.bytes.begin(), header.bytes.begin() + static_cast<std::ptrdiff_t>(header.size));
  frame.insert(frame.end(), bytes.begin(), bytes.end());
  return stream_->write(frame);
}

void WebSocket::close() {
  if (state_ == State::closing) return;
  if (state_ == State::open) (void)stream_->write(wire::websocket::close_frame(CloseCode::normal, {}));
  state_ = State::closing;
  opening_.reset();
  stream_->close();
}

void WebSocket::abort() {
  state_ = State::closing;
  opening_.reset();
  stream_->abort();
}

void WebSocket::on_drained() {
  if (state_ == State::open) user_->on_drained();
}

void WebSocket::on_closed(const Result<void>& why) {
  opening_.reset();
  state_ = State::closing;
  if (why_) return user_->on_closed(std::unexpected(*why_));
  user_->on_closed(why);
}

}  // namespace outrider::gateway::websocket
