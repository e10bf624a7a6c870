#pragma once
// What may stand between accept() and the TLS handshake of a listener: it decides who comes in, and when. The admission
// of the gateway is one; this room knows only that there may be one.
//
// Life cycle: open(), then close() before the loop ends. All on the loop's thread.
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "net/accept/listener.h"
#include "net/loop.h"
#include "net/tls/tls_stream.h"

namespace outrider::net {

// A connection that was let in.
struct Entrant {
  boost::asio::ip::tcp::endpoint client;  // also behind a load balancer
  std::shared_ptr<void> stay;             // to be held until the connection's end
  std::shared_ptr<void> handshake;        // and this until the handshake's, either way
};

class Gate {
 public:
  virtual ~Gate() = default;
  virtual void open(TcpAcceptor acceptor) = 0;
  // Nobody new.
  virtual void close() = 0;
};

using LetIn = std::function<void(TlsStream::Socket, Entrant)>;
// One for a loop. Empty: whoever connects may shake hands at once.
using MakeGate = std::function<std::shared_ptr<Gate>(Loop&, LetIn)>;

}  // namespace outrider::net
