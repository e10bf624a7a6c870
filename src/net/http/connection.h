#pragma once
// One HTTP connection of the server; for the HTTP sources of this room only.
#include <memory>

#include "net/http/byte_stream.h"
#include "net/http/http_server.h"
#include "net/http/reader.h"

namespace outrider::net {

// Belongs to one loop; its owner keeps it until serve() has returned.
class HttpConnection {
 public:
  HttpConnection(std::unique_ptr<ByteStream> stream, Peer peer, const HttpHandler& handler,
                 const HttpServerLimits& limits);

  // Answers requests until either side is done. Never throws, except when its coroutine is cancelled.
  Awaitable<void> serve();
  // The answer under way is the last; without one the connection ends now.
  void finish();
  void abort() { stream_->abort(); }

 private:
  // One request and its answer; false: no more on this connection.
  Awaitable<bool> serve_one();
  // Reads the request's head and body, or gives the Error to answer with.
  Awaitable<Result<HttpRequest>> read_request();
  Awaitable<Result<void>> read_body(HttpRequest& request);
  Awaitable<HttpResponse> answer(HttpRequest request);
  // False when the connection cannot go on.
  Awaitable<bool> respond(HttpResponse response, bool head_only, bool keep_alive, bool old_peer);
  Awaitable<bool> respond_in_chunks(HttpResponse response, bool chunked);
  Awaitable<bool> send(ByteView bytes);
  std::size_t body_bytes_max(std::string_view path) const;

  std::unique_ptr<ByteStream> stream_;
  Peer peer_;
  const HttpHandler& handler_;
  const HttpServerLimits& limits_;
  HttpReader<true> reader_;
  bool idle_ = true;
  bool finishing_ = false;
};

}  // namespace outrider::net
