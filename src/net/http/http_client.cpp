#include "net/http/http_client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <optional>

#include "net/http/byte_stream.h"
#include "net/http/reader.h"
#include "net/http/text.h"

namespace outrider::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::uint16_t https_port = 443;
constexpr std::uint16_t http_port = 80;

std::unexpected<Error> bad_url(std::string_view url, const char* why) {
  return fail(Errc::malformed, "bad-url", "'" + std::string(url) + "': " + why);
}

// Closes a socket when connecting takes too long; the socket outlives it.
template <class Socket>
class ConnectDeadline {
 public:
  ConnectDeadline(Loop& loop, Socket& socket, std::chrono::milliseconds after) : timer_(loop.context(), after) {
    timer_.async_wait([&socket, alive = std::weak_ptr(alive_)](const error_code& cancelled) {
      if (cancelled || alive.expired()) return;
      error_code ignored;
      socket.close(ignored);
    });
  }

 private:
  std::shared_ptr<int> alive_ = std::make_shared<int>();
  asio::steady_timer timer_;
};

}  // namespace

HttpEndpoint HttpEndpoint::local(std::filesystem::path path) {
  HttpEndpoint out;
  out.socket_path = std::move(path);
  return out;
}

Result<HttpEndpoint> HttpEndpoint::from_url(std::string_view url) {
  HttpEndpoint out;
  std::string_view rest = url;
  const bool secure = rest.starts_with("https://");
  if (!secure && !rest.starts_with("http://")) return bad_url(url, "must begin with https://");
  rest.remove_prefix(secure ? 8 : 7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find_first_of("/?#@ ") != std::string_view::npos) return bad_url(url, "give only https://host[:port]");
  std::size_t host_end = rest.find(':');
  if (rest.starts_with('[')) {
    const std::size_t bracket = rest.find(']');
    if (bracket == std::string_view::npos) return bad_url(url, "']' is missing");
    out.host = rest.substr(1, bracket - 1);
    host_end = bracket + 1 < rest.size() ? bracket + 1 : std::string_view::npos;
  } else {
    out.host = rest.substr(0, host_end);
  }
  if (out.host.empty()) return bad_url(url, "no host");
  out.port = secure ? https_port : http_port;
  if (host_end != std::string_view::npos) {
    const auto digits = rest.substr(host_end + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (rest[host_end] != ':' || error != std::errc() || end != digits.data() + digits.size() || out.port == 0)
      return bad_url(url, "bad port");
  }
  error_code not_an_address;
  const auto address = asio::ip::make_address(out.host, not_an_address);
  const bool loopback = out.host == "localhost" || (!not_an_address && address.is_loopback());
  if (!secure && !loopback) return bad_url(url, "plain http is for loopback only; use https");
  return out;
}

struct AsyncHttpClient::Inside {
  Inside(Loop& l, HttpEndpoint e, HttpClientLimits x) : loop(l), endpoint(std::move(e)), limits(x) {}

  // One connection to the server.
  struct Connection {
    Connection(std::unique_ptr<ByteStream> s, std::size_t header_bytes_max)
        : stream(std::move(s)), reader(*stream, header_bytes_max) {}
    std::unique_ptr<ByteStream> stream;
    HttpReader<false> reader;
    bool used = false;  // has answered before
  };

  Awaitable<Result<std::unique_ptr<ByteStream>>> open();
  Awaitable<Result<std::unique_ptr<ByteStream>>> open_local();
  Awaitable<Result<TcpSocket>> open_tcp();
  Awaitable<Result<HttpResponse>> exchange(HttpRequest request, HttpPiece piece);
  // Sends and waits for the first byte of the answer.
  Awaitable<Result<void>> begin(const std::string& head, const Bytes& body);
  Awaitable<Result<HttpResponse>> read_response(bool to_head, const HttpPiece& piece);
  Awaitable<Result<void>> read_body(HttpResponse& response, const HttpPiece& piece);
  std::string host_header() const;

  Loop& loop;
  HttpEndpoint endpoint;
  HttpClientLimits limits;
  std::optional<Connection> connection;
};

Awaitable<Result<std::unique_ptr<ByteStream>>> AsyncHttpClient::Inside::open_local() {
  LocalSocket socket(loop.executor());
  const asio::local::stream_protocol::endpoint path(endpoint.socket_path.native());
  auto [error] = co_await socket.async_connect(path, as_values);
  if (error)
    co_return fail(Errc::unavailable, "connect",
                   "connect to " + endpoint.socket_path.string() + ": " + error.message());
  co_return make_local_stream(loop, std::move(socket));
}

Awaitable<Result<TcpSocket>> AsyncHttpClient::Inside::open_tcp() {
  const std::string where = host_header();
  std::vector<asio::ip::tcp::endpoint> addresses;
  error_code not_an_address;
  if (const auto ip = asio::ip::make_address(endpoint.host, not_an_address); !not_an_address) {
    addresses.emplace_back(ip, endpoint.port);
  } else {
    asio::ip::tcp::resolver resolver(loop.context());
    auto [error, found] = co_await resolver.async_resolve(endpoint.host, std::to_string(endpoint.port), as_values);
    if (error) co_return fail(Errc::unavailable, "resolve", "look up " + endpoint.host + ": " + error.message());
    for (const auto& entry : found) addresses.push_back(entry.endpoint());
  }
  TcpSocket socket(loop.executor());
  const ConnectDeadline deadline(loop, socket, limits.connect_deadline);
  error_code last = asio::error::host_not_found;
  for (const auto& address : addresses) {
    error_code ignored;
    socket.close(ignored);
    auto [error] = co_await socket.async_connect(address, as_values);
    last = error;
    if (!error || error == asio::error::operation_aborted) break;
  }
  if (last == asio::error::operation_aborted)
    co_return fail(Errc::unavailable, "timeout", "connect to " + where + ": timed out");
  if (last) co_return fail(Errc::unavailable, "connect", "connect to " + where + ": " + last.message());
  co_return socket;
}

Awaitable<Result<std::unique_ptr<ByteStream>>> AsyncHttpClient::Inside::open() {
  if (!endpoint.socket_path.empty()) co_return co_await open_local();
  CO_TRY(auto socket, co_await open_tcp());
  error_code error;
  if (!endpoint.tls) {
    if (!socket.remote_endpoint(error).address().is_loopback())
      co_return fail(Errc::forbidden, "not-loopback", "plain HTTP is for loopback only, not for " + endpoint.host);
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    co_return make_plain_stream(loop, std::move(socket));
  }
  const std::string& name = endpoint.server_name.empty() ? endpoint.host : endpoint.server_name;
  CO_TRY(auto stream,
         TlsStream::connect(loop, std::move(socket), *endpoint.tls, endpoint.credential.get(), name, limits.tls));
  co_return co_await make_tls_stream(std::move(stream));
}

std::string AsyncHttpClient::Inside::host_header() const {
  if (!endpoint.socket_path.empty()) return "localhost";
  const bool v6 = endpoint.host.contains(':');
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Awaitable<Result<void>> AsyncHttpClient::Inside::begin(const std::string& head, const Bytes& body) {
  ByteStream& stream = *connection->stream;
  stream.set_deadline(limits.response_deadline, "waiting for the response");
  Bytes out(head.begin(), head.end());
  out.insert(out.end(), body.begin(), body.end());
  CO_CHECK(co_await stream.write(out));
  CO_TRY(const bool answered, co_await connection->reader.wait_for_message());
  if (!answered) co_return fail(Errc::unavailable, "closed", "the server closed the connection without an answer");
  co_return Result<void>{};
}

Awaitable<Result<HttpResponse>> AsyncHttpClient::Inside::exchange(HttpRequest request, HttpPiece piece) {
  CO_TRY(const auto head, request_head(request, host_header(), endpoint.bearer));
  const bool repeatable = request.method == "GET" || request.method == "HEAD";
  for (;;) {
    if (!connection) {
      CO_TRY(auto stream, co_await open());
      connection.emplace(std::move(stream), limits.header_bytes_max);
    }
    const bool reused = connection->used;
    auto begun = co_await begin(head, request.body);
    if (begun) break;
    connection.reset();
    // The server may have closed the idle connection just as we took it up again; then nothing was done with the
    // request that may not be done twice.
    if (reused && repeatable && begun.error().reason != "timeout") continue;
    co_return std::unexpected(std::move(begun).error());
  }
  auto response = co_await read_response(request.method == "HEAD", piece);
  if (!connection) co_return fail(Errc::unavailable, "closed", "the connection was closed here");
  connection->used = true;
  connection->stream->clear_deadline();
  if (!response || !connection->reader.parser().keep_alive()) connection.reset();
  co_return response;
}

Awaitable<Result<HttpResponse>> AsyncHttpClient::Inside::read_response(bool to_head, const HttpPiece& piece) {
  auto& reader = connection->reader;
  HttpResponse response;
  do {  // interim answers (RFC 9110, 15.2) come before the final one
    CO_CHECK(co_await reader.read_header(to_head));
    response.status = static_cast<int>(reader.parser().get().result_int());
  } while (response.status < 200 && response.status != 101);
  response.headers = reader.headers();
  const bool streamed = piece && response.status < 300;
  CO_CHECK(co_await read_body(response, streamed ? piece : HttpPiece()));
  co_return response;
}

Awaitable<Result<void>> AsyncHttpClient::Inside::read_body(HttpResponse& response, const HttpPiece& piece) {
  auto& reader = connection->reader;
  if (!piece) {
    CO_TRY(response.body, co_await reader.read_body(limits.body_bytes_max));
    co_return Result<void>{};
  }
  for (;;) {
    connection->stream->set_deadline(limits.response_deadline, "waiting for the rest of the response");
    CO_TRY(const auto part, co_await reader.read_body_piece());
    if (!part) co_return Result<void>{};
    if (piece(as_text(*part))) continue;
    connection->stream->abort();  // the rest of the body is still to come; parser and connection cannot be used again
    co_return Result<void>{};
  }
}

AsyncHttpClient::AsyncHttpClient(Loop& loop, HttpEndpoint endpoint, HttpClientLimits limits)
    : inside_(std::make_unique<Inside>(loop, std::move(endpoint), limits)) {}
AsyncHttpClient::~AsyncHttpClient() = default;
AsyncHttpClient::AsyncHttpClient(AsyncHttpClient&&) noexcept = default;

Awaitable<Result<HttpResponse>> AsyncHttpClient::send(HttpRequest request) {
  return inside_->exchange(std::move(request), {});
}

Awaitable<Result<HttpResponse>> AsyncHttpClient::stream(HttpRequest request, HttpPiece piece) {
  return inside_->exchange(std::move(request), std::move(piece));
}

void AsyncHttpClient::close() {
  if (inside_->connection) inside_->connection->stream->abort();
}

HttpClient::HttpClient(HttpEndpoint endpoint, HttpClientLimits limits)
    : loop_(std::make_unique<Loop>()),
      client_(std::make_unique<AsyncHttpClient>(*loop_, std::move(endpoint), limits)) {}

HttpClient::~HttpClient() {
  client_.reset();
  loop_->context().restart();
  loop_->context().poll();  // what was aborted lets go
}

Result<HttpResponse> HttpClient::stream(HttpRequest request, HttpPiece piece) {
  Result<HttpResponse> out = fail(Errc::internal, "internal", "no answer");
  // Runs on the caller's thread until this exchange is over; what lingers of an old connection goes on with the next.
  bool done = false;
  asio::co_spawn(
      loop_->context(), [&]() { return client_->stream(std::move(request), std::move(piece)); },
      [&](const std::exception_ptr& problem, Result<HttpResponse> response) {
        done = true;
        if (!problem) out = std::move(response);
      });
  loop_->context().restart();
  while (!done && loop_->context().run_one() > 0) {
  }
  return out;
}

Result<HttpResponse> HttpClient::send(HttpRequest request) {
  return stream(std::move(request), {});
}

}  // namespace outrider::net
