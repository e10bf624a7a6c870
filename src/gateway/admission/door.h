#pragma once
// What stands between accept() and the TLS handshake: one door for each listener on each loop.
//
// A connection comes in, says for whom a load balancer forwards it (if one does), and begins its ClientHello, which is
// looked at without being taken. Only then it joins the line, so that whoever is silent holds nobody up. Handshakes
// begin in the order of Line, so many at a time as keep the processor busy, a few for each turn of the loop: sessions
// that are up have their turn in between. Who would wait longer than its patience is turned away at once, by the end of
// the TCP connection: that is what costs least, and every client tries again after it.
//
// Life cycle: open(), then close() before the loop ends. All on the loop's thread. What it let in holds its Arrival
// until the end of the connection.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "gateway/admission/keeper.h"
#include "net/accept/listener.h"
#include "net/tls/tls_stream.h"

namespace outrider::gateway::admission {

class Door;

// A place among the handshakes in progress; free again when this is gone or released.
class Slot {
 public:
  struct Begun {
    std::chrono::steady_clock::time_point at;
    bool slow = false;
  };
  using Place = std::list<Begun>::iterator;

  Slot() = default;
  Slot(std::shared_ptr<Door> door, Place place) : door_(std::move(door)), place_(place) {}
  Slot(Slot&& other) noexcept : door_(std::exchange(other.door_, nullptr)), place_(other.place_) {}
  Slot& operator=(Slot&& other) noexcept {
    std::swap(door_, other.door_);
    std::swap(place_, other.place_);
    return *this;
  }
  ~Slot() { release(); }
  // The handshake is over, either way.
  void release();

 private:
  std::shared_ptr<Door> door_;
  Place place_;
};

// A connection that was let in.
struct Arrival {
  boost::asio::ip::tcp::endpoint peer;  // the client's, also behind a load balancer
  Origin origin;
  Sources::Stay stay;  // until the connection's end
  Slot slot;           // until the handshake's
  // How the client shakes hands, in the form of JA4 (wire/tls/client_traits.h); null when it comes back with a ticket.
  std::unique_ptr<const std::string> tls_client;
};

// One that was not. `rule` is one of: too-many-connections, too-many-connections-of-address,
// too-many-connections-of-network, connection-rate-of-network, handshake-rate-of-network, server-busy, wait-timeout,
// hello-timeout, no-hello, reset, not-tls, not-proxy, proxy-v1, bad-proxy-header, proxy-not-trusted.
struct Turned {
  std::string rule;
  std::string detail;
  std::string address;
};

class Door : public std::enable_shared_from_this<Door> {
 public:
  using Socket = net::TlsStream::Socket;
  using Time = std::chrono::steady_clock::time_point;
  using Admit = std::function<void(Socket, Arrival)>;
  using TurnAway = std::function<void(const Turned&)>;

  Door(std::shared_ptr<Keeper> keeper, net::Loop& loop, Admit admit, TurnAway turn_away);
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  void open(net::TcpAcceptor acceptor);
  // Nobody new; who waits is cut off. Handshakes in progress go on.
  void close();

 private:
  friend class Slot;
  struct Waiter;
  using Waiting = std::shared_ptr<Waiter>;

  void accept_next();
  void accept_waiting();
  void accepted(Socket socket);
  // Counts it and says where it comes from; false: it was turned away.
  bool identify(const Waiting& waiter);
  void look(const Waiting& waiter);
  void look_at_header(const Waiting& waiter, ByteView begun);
  void look_at_hello(const Waiting& waiter, ByteView begun);
  void wait_for_more(const Waiting& waiter, std::size_t seen);
  void join(const Waiting& waiter, Class of);
  void pump();
  void pump_later();
  bool has_place() const;
  void begin(Waiter& waiter, Time now);
  void handshake_over(Slot::Place place);
  void turn_away(Waiting waiter, const std::string& rule, const std::string& detail);
  void drop(Waiting waiter);
  void keep_time();
  void tick(Time now);

  const std::shared_ptr<Keeper> keeper_;
  net::Loop& loop_;
  Admit admit_;
  TurnAway turn_away_;
  std::optional<net::TcpAcceptor> acceptor_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer timer_;
  bool timing_ = false;
  bool pumping_ = false;
  bool closed_ = false;

  std::list<Waiting> greeting_;  // by arrival: a ClientHello has to come
  Line<Waiting> line_;
  std::deque<Waiting> waiting_;   // the same, by arrival; may hold some that have gone
  std::list<Slot::Begun> begun_;  // handshakes in progress, the slow ones too
  std::size_t active_ = 0;        // of these, not slow
  const std::size_t active_max_;
  double seconds_each_;  // between two ends of handshakes while somebody waited, averaged
  Time last_end_;
};

}  // namespace outrider::gateway::admission
