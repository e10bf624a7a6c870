#pragma once
// HTTP/1.1 server: over TLS, on a Unix-domain socket, or plain on loopback (metrics and health). One handler answers
// everything; what is malformed, too large or too slow is answered here and never reaches it.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/accept/gate.h"
#include "net/http/http.h"
#include "net/loop.h"
#include "net/tls/tls.h"
#include "net/tls/tls_stream.h"

namespace outrider::net {

struct HttpServerLimits {
  std::size_t header_bytes_max = 16 * 1024;  // request line and all headers; cookies and tokens fit
  std::size_t body_bytes_max = 1024 * 1024;
  // Paths that may carry more (bulk import): {prefix, bytes}. The longest prefix wins.
  std::vector<std::pair<std::string, std::size_t>> larger_bodies;
  std::size_t connections_max = 4096;                 // each may hold a body in memory
  std::chrono::milliseconds header_deadline{10'000};  // from the first byte of a request to the end of its headers
  std::chrono::milliseconds body_deadline{60'000};
  std::chrono::milliseconds idle_deadline{60'000};   // between requests
  std::chrono::milliseconds write_deadline{30'000};  // for a peer to take one piece of a response
  TlsStreamLimits tls;
};

// Runs from its factory until stop(). Thread-safe. The loops must outlive it; connections are spread over them.
// The handler runs on the connection's loop and must not block it; it may outlive a connection, but not stop().
class HttpServer {
 public:
  // `address`: an IP address ("0.0.0.0", "::", "127.0.0.1"). Port 0 takes a free one: see port(). `gate` decides who
  // may shake hands.
  static Result<std::unique_ptr<HttpServer>> listen_tls(Loops& loops, const std::string& address, std::uint16_t port,
                                                        std::shared_ptr<ServerTls> tls, HttpHandler handler,
                                                        HttpServerLimits limits = {}, const MakeGate& gate = {});
  // Without TLS; refuses an address that is not loopback.
  static Result<std::unique_ptr<HttpServer>> listen_plain(Loops& loops, const std::string& address, std::uint16_t port,
                                                          HttpHandler handler, HttpServerLimits limits = {});
  // Without TLS on any address, for what anybody may read and checks by itself: signed lists and answers.
  static Result<std::unique_ptr<HttpServer>> listen_open(Loops& loops, const std::string& address, std::uint16_t port,
                                                         HttpHandler handler, HttpServerLimits limits = {});
  // A Unix-domain socket of mode 0600 in a directory of mode 0700 (made when missing; refused when it is another's or
  // open to others). A socket that a dead server left behind is replaced; one that answers is a conflict. Removed by
  // stop().
  static Result<std::unique_ptr<HttpServer>> listen_local(Loops& loops, const std::filesystem::path& path,
                                                          HttpHandler handler, HttpServerLimits limits = {});
  // Calls stop().
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Names under which connections can be ended by disconnect(), from a verified client certificate (DER); empty for one
  // that nobody will ask for. Called on the connection's loop.
  using PeerNames = std::function<std::vector<std::string>(ByteView certificate)>;
  // For connections accepted afterwards.
  void name_peers(PeerNames names);
  // Cuts off every connection that has this name; from any thread, without waiting.
  void disconnect(const std::string& name);

  // 0 for the local socket.
  std::uint16_t port() const;
  std::size_t connections() const;
  // Stops listening, closes idle connections, lets answers under way finish for at most `grace`, then cuts them off;
  // returns when no coroutine of this server is left. Not to be called on a loop's thread. Calling it again does
  // nothing.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds{2});

 private:
  struct Inside;
  explicit HttpServer(std::shared_ptr<Inside> inside);
  std::shared_ptr<Inside> inside_;
};

}  // namespace outrider::net
