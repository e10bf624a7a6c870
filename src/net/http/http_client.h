#pragma once
// HTTP/1.1 client: over TLS, on a Unix-domain socket, or plain. Keeps one connection alive between requests; a request
// that finds it closed by the server is sent once more on a new one if it is safe to repeat (GET, HEAD) or none of
// it was answered because the connection had been idle.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/http.h"
#include "net/loop.h"
#include "net/tls/tls.h"
#include "net/tls/tls_stream.h"

namespace outrider::net {

struct HttpClientLimits {
  std::chrono::milliseconds connect_deadline{10'000};  // TCP and TLS
  std::chrono::milliseconds response_deadline{
      60'000};  // from the request sent to the response complete, or its next piece
  std::size_t header_bytes_max = 64 * 1024;
  std::size_t body_bytes_max = 64 * 1024 * 1024;  // not counted for streamed responses
  TlsStreamLimits tls;
};

// Where to and as whom. Either `socket_path`, or `host` and `port` (with `tls`, except to loopback).
struct HttpEndpoint {
  std::filesystem::path socket_path;
  std::string host;  // a DNS name or an IP address
  std::uint16_t port = 0;
  std::string server_name;  // name in the server's certificate; empty: `host`
  std::shared_ptr<const ClientTls> tls;
  std::shared_ptr<const Credential> credential;  // client certificate; may be null
  std::string bearer;                            // "Authorization: Bearer …" when not empty

  static HttpEndpoint local(std::filesystem::path path);
  // "https://host[:port]" (default 443), "http://127.0.0.1[:port]". Refuses anything else, a path or a user included.
  static Result<HttpEndpoint> from_url(std::string_view url);
};

// Called with each piece of a streamed body; false stops the transfer.
using HttpPiece = std::function<bool(std::string_view)>;

// For coroutines on one loop. One request at a time; must outlive its request. Any answer is a value, 4xx and 5xx too;
// an Error means there was none (reasons: connect, timeout, tls …, malformed, too-large). Of HttpRequest it uses
// method, path and query (both encoded here), headers and body.
class AsyncHttpClient {
 public:
  AsyncHttpClient(Loop& loop, HttpEndpoint endpoint, HttpClientLimits limits = {});
  ~AsyncHttpClient();
  AsyncHttpClient(AsyncHttpClient&&) noexcept;

  Awaitable<Result<HttpResponse>> send(HttpRequest request);
  // Hands a 2xx body to `piece` as it comes; the returned response has none. Other answers come whole.
  Awaitable<Result<HttpResponse>> stream(HttpRequest request, HttpPiece piece);
  // Closes the connection; the next request opens a new one. A present request fails.
  void close();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

// For threads that may block; the same otherwise. Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(HttpEndpoint endpoint, HttpClientLimits limits = {});
  ~HttpClient();

  Result<HttpResponse> send(HttpRequest request);
  Result<HttpResponse> stream(HttpRequest request, HttpPiece piece);

 private:
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<AsyncHttpClient> client_;
};

}  // namespace outrider::net
