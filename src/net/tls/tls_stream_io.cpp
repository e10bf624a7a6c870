// The part of TlsStream that an open connection needs: bytes in and out. Its life is in tls_stream.cpp.
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/tls/handshake.h"
#include "net/tls/tls_stream.h"

namespace outrider::net {

namespace asio = boost::asio;

namespace {

std::unexpected<Error> broken(const char* during, int error) {
  return fail(Errc::unavailable, "reset", std::string(during) + ": " + std::strerror(error));
}

}  // namespace

// --- reading

void TlsStream::read_records() {
  if (partial_.size() >= tls::record_bytes_max) return take_kept();  // kept while paused: more than a record, no room
  const auto buffer = loop_.buffer();
  std::ranges::copy(partial_, buffer.begin());
  const auto room = buffer.subspan(partial_.size());
  const ssize_t count = ::recv(fd_.get(), room.data(), room.size(), 0);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return end(broken("reading", errno));
  }
  if (count == 0) {
    peer_ended_ = true;
    return end(fail(Errc::unavailable, "truncated", "reading: connection ended without close_notify"));
  }
  const auto taken = buffer.first(partial_.size() + static_cast<std::size_t>(count));
  Bytes().swap(partial_);
  take_records(taken);
}

void TlsStream::take_records(std::span<std::uint8_t> bytes) {
  const auto self = shared_from_this();  // the user may let go of us in on_bytes
  while (state_ == State::open && !paused_) {
    const auto size = tls::whole_record(bytes);
    if (!size) return refuse(size.error());
    if (*size == 0) break;
    const auto record = bytes.first(*size);
    bytes = bytes.subspan(*size);
    if (!take_record(record)) return;
  }
  if (state_ == State::open && !bytes.empty()) partial_ = to_bytes(bytes);
}

bool TlsStream::take_record(std::span<std::uint8_t> record) {
  const auto opened = records_->open(loop_.aead(), record);
  if (!opened) {
    refuse(opened.error());
    return false;
  }
  switch (opened->what) {
    case tls::RecordLayer::What::nothing:
      return true;
    case tls::RecordLayer::What::content:
      bytes_in_ += opened->content.size();
      user_->on_bytes(opened->content);
      return true;
    case tls::RecordLayer::What::closed:
      peer_closed();
      return false;
    case tls::RecordLayer::What::alert:
      break;
  }
  end(fail(Errc::unavailable, "tls-alert", "reading: the peer sent the alert " + std::string(name_of(opened->alert))));
  return false;
}

void TlsStream::read_tls12() {
  const auto self = shared_from_this();
  while (state_ == State::open && !paused_) {  // OpenSSL may hold what the socket does not show
    const auto buffer = loop_.buffer();
    const auto count = handshake_->read(buffer);
    if (!count) {
      handshake_->take_output(out_);  // an alert
      std::ignore = send();
      return end(std::unexpected(count.error()));
    }
    if (*count == 0) {
      if (handshake_->closed_by_peer()) return peer_closed();
      break;
    }
    bytes_in_ += *count;
    user_->on_bytes(buffer.first(*count));
  }
}

// The peer says no more; what we had to say still goes out, and our close_notify (RFC 8446, 6.1).
void TlsStream::peer_closed() {
  std::ignore = seal();
  if (records_)
    records_->seal_alert(loop_.aead(), tls::AlertDescription::close_notify, out_);
  else
    handshake_->say_goodbye();
  if (handshake_) handshake_->take_output(out_);
  std::ignore = send();
  end({});
}

void TlsStream::pause_reading() {
  paused_ = true;  // the poller hears of it when something comes
}

void TlsStream::resume_reading() {
  if (!std::exchange(paused_, false) || state_ != State::open) return;
  watch();
  if (records_ && partial_.empty()) return;
  asio::post(loop_.context(), [self = shared_from_this()] {
    if (self->state_ == State::open && !self->paused_) self->take_kept();
  });
}

// What was read already: the socket does not show it.
void TlsStream::take_kept() {
  if (!records_) return read_tls12();
  Bytes kept = std::exchange(partial_, {});
  take_records(kept);
}

// --- writing

Result<bool> TlsStream::write(ByteView bytes) {
  if (state_ != State::open) return fail(Errc::unavailable, "closed", "the connection is closed");
  if (queued() + bytes.size() > limits_.write_queue_bytes_max)
    return fail(Errc::overloaded, "slow-reader", "the peer does not read what it is sent");
  gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
  if (gathered_.size() < tls::plaintext_bytes_max) {
    wake_at_turn_end();
  } else {  // no sense in gathering more than a record
    auto sent = seal();
    if (sent) sent = send();
    if (!sent) {
      // Told later: the caller is in the middle of something.
      state_ = State::broken;
      asio::post(loop_.context(), [self = shared_from_this(), why = sent] { self->end(why); });
      return fail(Errc::unavailable, "closed", "the connection broke while writing");
    }
  }
  over_high_ = over_high_ || queued() > limits_.write_high_bytes;
  return !over_high_;
}

Result<void> TlsStream::seal() {
  if (gathered_.empty()) return {};
  bytes_out_ += gathered_.size();
  const Bytes gathered = std::exchange(gathered_, {});
  if (records_) {
    records_->seal(loop_.aead(), gathered, out_);
    return {};
  }
  auto written = handshake_->write(gathered);
  handshake_->take_output(out_);
  return written;
}

Result<void> TlsStream::send() {
  while (out_sent_ < out_.size()) {
    const ssize_t count = ::send(fd_.get(), out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return broken("writing", errno);
    if (count < 0) {
      if (out_sent_ > out_.size() / 2) {
        out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(out_sent_));
        out_sent_ = 0;
      }
      hold(out_.size() - out_sent_);
      watch();
      return {};
    }
    out_sent_ += static_cast<std::size_t>(count);
  }
  Bytes().swap(out_);
  out_sent_ = 0;
  hold(0);
  return {};
}

// What the peer does not take counts among everybody's.
void TlsStream::hold(std::size_t bytes) {
  if (user_ == nullptr) bytes = 0;  // nobody's limits any more
  if (bytes == held_) return;
  if (limits_.held) limits_.held->fetch_add(bytes - held_, std::memory_order_relaxed);  // wraps round to less
  held_ = bytes;
}

void TlsStream::wake_at_turn_end() {
  if (!std::exchange(turn_end_due_, true)) loop_.at_turn_end(shared_from_this());
}

void TlsStream::on_turn_end() {
  turn_end_due_ = false;
  if (state_ != State::open && state_ != State::closing) return;
  auto sent = seal();
  if (sent && state_ == State::closing) {
    if (records_)
      records_->seal_alert(loop_.aead(), tls::AlertDescription::close_notify, out_);
    else
      handshake_->say_goodbye();
    if (handshake_) handshake_->take_output(out_);
  }
  if (sent) sent = send();
  if (!sent) return end(sent);
  if (state_ == State::closing)
    finish_closing();
  else if (over_high_)
    writable();  // nothing was queued in the socket's stead
}

void TlsStream::writable() {
  if (const auto sent = send(); !sent) return end(sent);
  if (turn_end_due_) return;  // there is more to say, and a goodbye when closing
  if (state_ == State::closing) return finish_closing();
  if (state_ != State::open || !over_high_ || queued() > limits_.write_low_bytes) return;
  over_high_ = false;
  user_->on_drained();
}

}  // namespace outrider::net
