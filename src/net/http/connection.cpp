#include "net/http/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/system/system_error.hpp>

#include "base/log.h"
#include "net/http/target.h"
#include "net/http/text.h"

namespace outrider::net {

HttpConnection::HttpConnection(std::unique_ptr<ByteStream> stream, Peer peer, const HttpHandler& handler,
                               const HttpServerLimits& limits)
    : stream_(std::move(stream)),
      peer_(std::move(peer)),
      handler_(handler),
      limits_(limits),
      reader_(*stream_, limits.header_bytes_max) {}

Awaitable<void> HttpConnection::serve() {
  while (!finishing_) {
    idle_ = true;
    stream_->set_deadline(limits_.idle_deadline, "waiting for a request");
    const auto more = co_await reader_.wait_for_message();
    if (!more || !*more) break;
    idle_ = false;
    if (!co_await serve_one()) break;
  }
  stream_->clear_deadline();
  stream_->close();
}

void HttpConnection::finish() {
  finishing_ = true;
  if (idle_) stream_->abort();
}

Awaitable<bool> HttpConnection::serve_one() {
  auto request = co_await read_request();
  if (!request) {
    const Error& error = request.error();
    if (error.code == Errc::unavailable || error.reason == "truncated") co_return false;  // nobody is there to be told
    HttpResponse refusal = problem(error);
    if (error.reason == "header-too-large") refusal.status = 431;  // RFC 6585, 5
    if (error.reason == "target-too-long") refusal.status = 414;
    if (error.reason == "unknown-expectation") refusal.status = 417;
    co_return co_await respond(std::move(refusal), false, false, false);
  }
  const auto& parser = reader_.parser();
  const bool keep_alive = parser.keep_alive() && !finishing_;
  const bool old_peer = parser.get().version() < 11;
  const bool head_only = request->method == "HEAD";
  auto response = co_await answer(*std::move(request));
  co_return co_await respond(std::move(response), head_only, keep_alive && !finishing_, old_peer);
}

Awaitable<Result<HttpRequest>> HttpConnection::read_request() {
  stream_->set_deadline(limits_.header_deadline, "reading the request's headers");
  CO_CHECK(co_await reader_.read_header());
  const auto& message = reader_.parser().get();
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.headers = reader_.headers();
  request.peer = peer_;
  if (message.version() >= 11 && request.headers.count("Host") != 1)  // RFC 9112, 3.2
    co_return fail(Errc::malformed, "bad-host", "exactly one Host header is required");
  CO_TRY(auto target, parse_target({message.target().data(), message.target().size()}));
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  CO_CHECK(co_await read_body(request));
  co_return request;
}

Awaitable<Result<void>> HttpConnection::read_body(HttpRequest& request) {
  const std::size_t bytes_max = body_bytes_max(request.path);
  const auto announced = reader_.parser().content_length();
  if (announced && *announced > bytes_max)  // said before "100 Continue" invites the body
    co_return fail(Errc::too_large, "body-too-large",
                   "the body is larger than the " + std::to_string(bytes_max) + " bytes allowed here");
  if (const auto expectation = request.header("Expect"); !expectation.empty()) {
    if (!boost::beast::iequals(expectation, "100-continue"))
      co_return fail(Errc::malformed, "unknown-expectation", "only 100-continue may be expected");
    if (!reader_.parser().is_done()) {
      static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      CO_CHECK(co_await stream_->write(as_bytes(go_on)));
    }
  }
  stream_->set_deadline(limits_.body_deadline, "reading the request's body");
  CO_TRY(request.body, co_await reader_.read_body(bytes_max));
  stream_->clear_deadline();
  co_return Result<void>{};
}

Awaitable<HttpResponse> HttpConnection::answer(HttpRequest request) {
  try {
    co_return co_await handler_(std::move(request));
  } catch (const boost::system::system_error&) {
    throw;  // cancelled
  } catch (const std::exception& problem_found) {
    log::error("unexpected exception in an HTTP handler", {{"what", problem_found.what()}});
  }
  co_return problem({Errc::internal, "internal", "internal error"});
}

Awaitable<bool> HttpConnection::respond(HttpResponse response, bool head_only, bool keep_alive, bool old_peer) {
  const bool no_body = head_only || response.status == 204 || response.status == 304;
  BodyFraming framing = BodyFraming::length;
  if (response.status == 204 || response.status == 304) framing = BodyFraming::none;
  if (response.next_chunk) {
    framing = old_peer ? BodyFraming::until_close : BodyFraming::chunked;
    keep_alive = keep_alive && !old_peer;
  }
  const std::string head = response_head(response, framing, keep_alive);
  Bytes out(head.begin(), head.end());
  if (!no_body && !response.next_chunk) out.insert(out.end(), response.body.begin(), response.body.end());
  if (!co_await send(out)) co_return false;
  if (!no_body && response.next_chunk) {
    if (!co_await respond_in_chunks(std::move(response), framing == BodyFraming::chunked)) co_return false;
  }
  co_return keep_alive;
}

Awaitable<bool> HttpConnection::respond_in_chunks(HttpResponse response, bool chunked) {
  for (;;) {
    auto data = co_await response.next_chunk();
    if (!data) break;
    if (data->empty()) continue;  // an empty chunk would end the body
    const std::string framed = chunked ? chunk(*data) : *std::move(data);
    if (!co_await send(as_bytes(framed))) co_return false;
  }
  const std::string last = chunked ? chunk("") : "";
  co_return last.empty() || co_await send(as_bytes(last));
}

Awaitable<bool> HttpConnection::send(ByteView bytes) {
  stream_->set_deadline(limits_.write_deadline, "sending the response");
  const auto sent = co_await stream_->write(bytes);
  stream_->clear_deadline();
  co_return sent.has_value();
}

std::size_t HttpConnection::body_bytes_max(std::string_view path) const {
  std::size_t longest = 0;
  std::size_t bytes = limits_.body_bytes_max;
  for (const auto& [prefix, allowed] : limits_.larger_bodies) {
    if (!path.starts_with(prefix) || prefix.size() < longest) continue;
    longest = prefix.size();
    bytes = allowed;
  }
  return bytes;
}

}  // namespace outrider::net
