#include "net/http/byte_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>

namespace outrider::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

// Wakes one coroutine of the same loop. The waiter looks at its condition first and again after waking.
class Wake {
 public:
  explicit Wake(Loop& loop) : timer_(loop.context(), asio::steady_timer::time_point::max()) {}
  Awaitable<void> wait() { co_await timer_.async_wait(as_values); }
  void wake() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

template <class Socket>
class SocketStream final : public ByteStream {
 public:
  SocketStream(Loop& loop, Socket socket) : ByteStream(loop), socket_(std::move(socket)) {}

  Awaitable<Result<std::size_t>> read_some(std::span<std::uint8_t> into) override {
    auto [error, count] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), as_values);
    if (error == asio::error::eof) co_return std::size_t{0};
    if (error) co_return std::unexpected(cut_off({Errc::unavailable, "reset", "reading: " + error.message()}));
    co_return count;
  }

  Awaitable<Result<void>> write(ByteView bytes) override {
    auto [error, count] = co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), as_values);
    if (error) co_return std::unexpected(cut_off({Errc::unavailable, "reset", "writing: " + error.message()}));
    co_return Result<void>{};
  }

  void close() override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    // Unread input would turn the close into a reset that overtakes our answer; what has arrived is thrown away.
    socket_.non_blocking(true, ignored);
    std::array<std::uint8_t, 4096> rest;
    for (int i = 0; i < unread_reads_max && !ignored; ++i) socket_.read_some(asio::buffer(rest), ignored);
    socket_.close(ignored);
  }

  void abort() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  static constexpr int unread_reads_max = 64;
  Socket socket_;
};

// Turns the callbacks of a TlsStream into waits. Holds at most one loop buffer of unread bytes: reading pauses while
// nobody waits for them.
class TlsByteStream final : public ByteStream, private TlsUser {
 public:
  explicit TlsByteStream(std::shared_ptr<TlsStream> stream)
      : ByteStream(stream->loop()),
        stream_(std::move(stream)),
        readable_(stream_->loop()),
        writable_(stream_->loop()) {}
  ~TlsByteStream() override {
    if (ended_) return;
    if (closing_)
      stream_->detach();  // our last answer may still be on its way
    else
      stream_->abort();
  }

  Awaitable<Result<void>> shake_hands() {
    stream_->start(*this);
    while (!open_ && !ended_) co_await readable_.wait();
    if (!open_) co_return std::unexpected(broken());
    co_return Result<void>{};
  }

  Awaitable<Result<std::size_t>> read_some(std::span<std::uint8_t> into) override {
    while (unread() == 0 && !ended_) {
      stream_->resume_reading();
      co_await readable_.wait();
    }
    if (unread() == 0) {
      if (ended_->has_value()) co_return std::size_t{0};
      co_return std::unexpected(broken());
    }
    const std::size_t count = std::min(into.size(), unread());
    std::copy_n(inbox_.begin() + static_cast<std::ptrdiff_t>(taken_), count, into.begin());
    taken_ += count;
    if (unread() == 0) {
      Bytes().swap(inbox_);
      taken_ = 0;
    }
    co_return count;
  }

  Awaitable<Result<void>> write(ByteView bytes) override {
    // In pieces, so that the queue stays as short as its high-water mark says.
    while (!bytes.empty()) {
      if (ended_) co_return std::unexpected(broken());
      const auto piece = bytes.first(std::min(bytes.size(), piece_bytes));
      CO_TRY(const bool more, stream_->write(piece));
      bytes = bytes.subspan(piece.size());
      full_ = !more;
      while (full_ && !ended_) co_await writable_.wait();
    }
    co_return Result<void>{};
  }

  void close() override {
    if (ended_) return;
    closing_ = true;
    stream_->close();
  }

  void abort() override {
    if (ended_) return;
    stream_->abort();
    on_closed(fail(Errc::unavailable, "closed", "the connection was closed here"));
  }

 private:
  static constexpr std::size_t piece_bytes = 32 * 1024;

  std::size_t unread() const { return inbox_.size() - taken_; }
  Error broken() const {
    if (ended_->has_value()) return cut_off({Errc::unavailable, "closed", "the peer closed the connection"});
    return cut_off(ended_->error());
  }

  void on_open() override {
    open_ = true;
    stream_->pause_reading();
    readable_.wake();
  }
  void on_bytes(ByteView bytes) override {
    inbox_.insert(inbox_.end(), bytes.begin(), bytes.end());
    stream_->pause_reading();
    readable_.wake();
  }
  void on_drained() override {
    full_ = false;
    writable_.wake();
  }
  void on_closed(const Result<void>& why) override {
    ended_ = why;
    readable_.wake();
    writable_.wake();
  }

  std::shared_ptr<TlsStream> stream_;
  Wake readable_;
  Wake writable_;
  Bytes inbox_;
  std::size_t taken_ = 0;
  bool open_ = false;
  bool full_ = false;
  bool closing_ = false;
  std::optional<Result<void>> ended_;
};

}  // namespace

void ByteStream::set_deadline(std::chrono::milliseconds after, const char* doing) {
  clear_deadline();
  doing_ = doing;
  timer_.expires_after(after);
  timer_.async_wait([this, current = current_, mine = *current_](const error_code& cancelled) {
    if (cancelled || *current != mine) return;
    expired_ = true;
    abort();
  });
}

void ByteStream::clear_deadline() {
  timer_.cancel();
}

Error ByteStream::cut_off(Error otherwise) const {
  if (!expired_) return otherwise;
  return {Errc::unavailable, "timeout", std::string("timed out ") + doing_};
}

std::unique_ptr<ByteStream> make_plain_stream(Loop& loop, TcpSocket socket) {
  return std::make_unique<SocketStream<TcpSocket>>(loop, std::move(socket));
}

std::unique_ptr<ByteStream> make_local_stream(Loop& loop, LocalSocket socket) {
  return std::make_unique<SocketStream<LocalSocket>>(loop, std::move(socket));
}

Awaitable<Result<std::unique_ptr<ByteStream>>> make_tls_stream(std::shared_ptr<TlsStream> stream) {
  auto bytes = std::make_unique<TlsByteStream>(std::move(stream));
  CO_CHECK(co_await bytes->shake_hands());
  co_return std::unique_ptr<ByteStream>(std::move(bytes));
}

}  // namespace outrider::net
