#include "net/http/reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace outrider::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 16 * 1024;
constexpr std::size_t headers_max = 100;  // far more than any client sends; each costs two strings

}  // namespace

template <bool is_request>
Awaitable<Result<bool>> HttpReader<is_request>::fill() {
  const std::size_t had = input_.size();
  input_.resize(had + read_bytes);
  auto count = co_await stream_.read_some(std::span(input_).subspan(had));
  input_.resize(had + count.value_or(0));
  if (!count) co_return std::unexpected(std::move(count).error());
  co_return *count > 0;
}

template <bool is_request>
Awaitable<Result<bool>> HttpReader<is_request>::wait_for_message() {
  if (!input_.empty()) co_return true;
  input_.shrink_to_fit();  // nothing is held while idle
  co_return co_await fill();
}

template <bool is_request>
Awaitable<Result<void>> HttpReader<is_request>::read_header(bool no_body) {
  parser_.emplace();
  if (no_body) parser_->skip(true);
  parser_->header_limit(static_cast<std::uint32_t>(header_bytes_max_));
  parser_->body_limit(boost::none);  // read_body() counts
  while (!parser_->is_header_done()) {
    error_code error;
    const std::size_t used = parser_->put(asio::buffer(input_.data(), input_.size()), error);
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used));
    if (parser_->is_header_done()) break;
    if (error && error != http::error::need_more) co_return std::unexpected(parse_error(error));
    // The parser keeps no part of an unfinished line, so the input holds the whole header so far.
    if (input_.size() > header_bytes_max_) co_return fail(Errc::too_large, "header-too-large", "HTTP header too large");
    CO_TRY(const bool more, co_await fill());
    if (!more) co_return fail(Errc::malformed, "truncated", "connection ended within an HTTP header");
  }
  const auto& fields = parser_->get();
  if (std::distance(fields.begin(), fields.end()) > static_cast<std::ptrdiff_t>(headers_max))
    co_return fail(Errc::too_large, "header-too-large", "too many HTTP headers");
  co_return Result<void>{};
}

template <bool is_request>
Awaitable<Result<std::optional<ByteView>>> HttpReader<is_request>::read_body_piece() {
  piece_.resize(read_bytes);
  while (!parser_->is_done()) {
    auto& body = parser_->get().body();
    body.data = piece_.data();
    body.size = piece_.size();
    body.more = true;
    error_code error;
    std::size_t used = 0;
    if (!input_.empty()) used = parser_->put(asio::buffer(input_.data(), input_.size()), error);
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used));
    if (error == http::error::need_buffer || error == http::error::need_more) error = {};
    if (error) co_return std::unexpected(parse_error(error));
    const std::size_t count = piece_.size() - body.size;
    if (count > 0) co_return std::optional(ByteView(piece_).first(count));
    if (used > 0) continue;
    CO_TRY(const bool more, co_await fill());
    if (more) continue;
    parser_->put_eof(error);
    if (error) co_return fail(Errc::malformed, "truncated", "connection ended within an HTTP body");
  }
  Bytes().swap(piece_);
  co_return std::nullopt;
}

template <bool is_request>
Awaitable<Result<Bytes>> HttpReader<is_request>::read_body(std::size_t bytes_max) {
  const auto announced = parser_->content_length();
  if (announced && *announced > bytes_max) co_return fail(Errc::too_large, "body-too-large", "HTTP body too large");
  Bytes body;
  for (;;) {
    CO_TRY(const auto piece, co_await read_body_piece());
    if (!piece) co_return body;
    if (piece->size() > bytes_max - body.size())
      co_return fail(Errc::too_large, "body-too-large", "HTTP body too large");
    body.insert(body.end(), piece->begin(), piece->end());
  }
}

template <bool is_request>
Headers HttpReader<is_request>::headers() const {
  Headers out;
  for (const auto& field : parser_->get()) {
    const auto name = field.name_string();
    const auto value = field.value();
    out.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  return out;
}

template <bool is_request>
Error HttpReader<is_request>::parse_error(const error_code& error) const {
  if (error == http::error::header_limit) return {Errc::too_large, "header-too-large", "HTTP header too large"};
  return {Errc::malformed, "malformed", "malformed HTTP: " + error.message()};
}

template class HttpReader<true>;
template class HttpReader<false>;

}  // namespace outrider::net
