#pragma once
// Bytes both ways for coroutines, whatever carries them; for the HTTP sources of this room only.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "net/http/http.h"
#include "net/loop.h"
#include "net/tls/tls_stream.h"

namespace outrider::net {

// Belongs to one loop. One read and one write at a time. Every wait ends when the deadline passes: the stream is then
// aborted and the operation under way fails with reason "timeout".
class ByteStream {
 public:
  explicit ByteStream(Loop& loop) : timer_(loop.context()) {}
  virtual ~ByteStream() { clear_deadline(); }
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  // 0: the peer has ended its side.
  virtual Awaitable<Result<std::size_t>> read_some(std::span<std::uint8_t> into) = 0;
  // Completes when the bytes are with the kernel or in a bounded queue that is not full. `bytes` must stay till then.
  virtual Awaitable<Result<void>> write(ByteView bytes) = 0;
  // Ends in an orderly way: what was written still arrives.
  virtual void close() = 0;
  // Ends at once; waits under way fail.
  virtual void abort() = 0;

  // What has not finished `after` from now is cut off; `doing` goes into the error. Replaces an earlier deadline.
  void set_deadline(std::chrono::milliseconds after, const char* doing);
  void clear_deadline();

 protected:
  // The error of a wait that was cut off: the deadline's, if it was that, else `otherwise`.
  Error cut_off(Error otherwise) const;

 private:
  boost::asio::steady_timer timer_;
  // Which deadline counts. Shared with the timer's handler: one that has expired already can no longer be cancelled,
  // and may run after this object is gone.
  std::shared_ptr<std::uint64_t> current_ = std::make_shared<std::uint64_t>(0);
  const char* doing_ = "";
  bool expired_ = false;
};

using TcpSocket = TlsStream::Socket;
using LocalSocket =
    boost::asio::basic_stream_socket<boost::asio::local::stream_protocol, boost::asio::io_context::executor_type>;

std::unique_ptr<ByteStream> make_plain_stream(Loop& loop, TcpSocket socket);
std::unique_ptr<ByteStream> make_local_stream(Loop& loop, LocalSocket socket);
// Shakes hands first; fails as TlsUser::on_closed says. `limits` must outlive the stream.
Awaitable<Result<std::unique_ptr<ByteStream>>> make_tls_stream(std::shared_ptr<TlsStream> stream);

}  // namespace outrider::net
