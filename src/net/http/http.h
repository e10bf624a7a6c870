#pragma once
// HTTP/1.1 as values. The server (net/http/http_server.h) and the client (net/http/http_client.h) speak them over TLS
// or a Unix-domain socket; nothing above this room sees Beast.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::net {

template <class T>
using Awaitable = boost::asio::awaitable<T>;

// Header names compare without case.
struct HeaderLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::multimap<std::string, std::string, HeaderLess>;

// Who is at the other end.
struct Peer {
  std::string address;               // "192.0.2.1:4711"; "local" for the Unix-domain socket
  boost::asio::ip::address ip;       // the same without the port; unspecified for the Unix-domain socket
  bool local = false;                // came through the local socket, which only the owner may open
  std::optional<Bytes> certificate;  // DER of a verified client certificate
  // Certificates that were presented and did not verify (expired, or of a CA of somebody else's), leaf first. Whoever
  // sent them has the leaf's private key; nothing else is known. Only for who judges them itself: EST.
  std::vector<Bytes> unverified_chain;
};

struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";  // percent-decoded; the server refuses paths with "..", NUL or bad escapes
  std::map<std::string, std::string, std::less<>> query;
  Headers headers;
  Bytes body;
  Peer peer;

  // First value of the header, or empty.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  Bytes body;
  // When set, the body is sent in chunks instead: called until it returns nullopt (end) or the peer goes away.
  std::function<Awaitable<std::optional<std::string>>()> next_chunk;

  static HttpResponse text(int status, std::string body, std::string_view content_type = "text/plain; charset=utf-8");
};

// A request becomes a response; never throws. Runs on the server's threads; a coroutine that waits (for durability)
// holds nothing up.
using HttpHandler = std::function<Awaitable<HttpResponse>(HttpRequest)>;

// RFC 9457 body for an error: {"type","title","status","detail","reason"}. One place decides the status of an Errc.
int http_status(Errc code);
HttpResponse problem(const Error& error);

}  // namespace outrider::net
