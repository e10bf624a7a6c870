#pragma once
// Reads HTTP/1.1 messages off a ByteStream with Beast's parser; for the HTTP sources of this room only.
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "net/http/byte_stream.h"
#include "net/http/http.h"

namespace outrider::net {

// One reader a connection: bytes that came early stay for the next message. `is_request` chooses the parser.
template <bool is_request>
class HttpReader {
 public:
  using Parser = boost::beast::http::parser<is_request, boost::beast::http::buffer_body>;

  HttpReader(ByteStream& stream, std::size_t header_bytes_max) : stream_(stream), header_bytes_max_(header_bytes_max) {}

  // Waits for the first byte of the next message; false when the peer ends the connection instead.
  Awaitable<Result<bool>> wait_for_message();
  // Reads up to the end of the headers. Reasons: malformed, header-too-large, or the stream's.
  // `no_body`: the answer to a HEAD request has none, whatever its headers say.
  Awaitable<Result<void>> read_header(bool no_body = false);
  // The next piece of the body, lent until the next call; nullopt at its end. Framing is checked by the parser.
  Awaitable<Result<std::optional<ByteView>>> read_body_piece();
  // The whole body; too_large ("body-too-large") when it is longer than `bytes_max`.
  Awaitable<Result<Bytes>> read_body(std::size_t bytes_max);

  // Of the message whose header was read last.
  Parser& parser() { return *parser_; }
  Headers headers() const;

 private:
  // More bytes from the stream; false at its end.
  Awaitable<Result<bool>> fill();
  Error parse_error(const boost::system::error_code& error) const;

  ByteStream& stream_;
  std::size_t header_bytes_max_;
  std::optional<Parser> parser_;
  Bytes input_;  // read and not parsed yet
  Bytes piece_;
};

extern template class HttpReader<true>;
extern template class HttpReader<false>;

}  // namespace outrider::net
