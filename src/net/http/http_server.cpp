#include "net/http/http_server.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/log.h"
#include "net/accept/cidr.h"
#include "net/accept/listener.h"
#include "net/http/byte_stream.h"
#include "net/http/connection.h"

namespace outrider::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
// After "too many open files" an acceptor would spin; a moment later some may be free.
constexpr std::chrono::milliseconds accept_pause{100};
// What a cancelled handler may still take; only one that ignores its cancellation needs it.
constexpr std::chrono::milliseconds cancel_deadline{5'000};

// A coroutine of this server: a connection, or an accept loop.
struct Task {
  asio::cancellation_signal cancel;
  HttpConnection* connection = nullptr;  // while it serves
  std::vector<std::string> names;        // of its peer
  bool cut_off = false;                  // by disconnect()
};

}  // namespace

struct HttpServer::Inside : std::enable_shared_from_this<Inside> {
  // What one loop owns; touched on its thread only.
  struct Side {
    explicit Side(Loop& l) : loop(l) {}
    Loop& loop;
    std::optional<TcpAcceptor> tcp;
    std::shared_ptr<Gate> gate;  // has the acceptor, if there is one
    std::optional<LocalAcceptor> local;
    std::list<Task> tasks;
    std::unordered_multimap<std::string, Task*> named;  // those of them whose peers have names
    HttpServer::PeerNames name_peers;
    bool stopping = false;
  };

  Inside(Loops& l, HttpHandler h, HttpServerLimits x) : loops(l), handler(std::move(h)), limits(std::move(x)) {
    for (std::size_t i = 0; i < loops.size(); ++i) sides.push_back(std::make_unique<Side>(loops.at(i)));
  }

  void spawn(Side& side, std::function<Awaitable<void>(Task&)> body);
  void start_accepting();
  template <class Acceptor, class Serve>
  Awaitable<void> accept_loop(Side& side, Acceptor& acceptor, Serve serve);
  // As one of at most limits.connections_max.
  template <class Socket, class Serve>
  void take(Side& side, Socket socket, Serve serve);
  Awaitable<void> serve_tcp(Side& side, TcpSocket socket, Task& task);
  Awaitable<void> serve_tls(Side& side, TcpSocket socket, Entrant entrant, Task& task);
  Awaitable<void> serve_local(Side& side, LocalSocket socket, Task& task);
  Awaitable<void> serve(Side& side, std::unique_ptr<ByteStream> stream, Peer peer, Task& task);
  bool wait_until_empty(std::chrono::milliseconds deadline);

  Loops& loops;
  HttpHandler handler;
  HttpServerLimits limits;
  std::shared_ptr<ServerTls> tls;
  std::filesystem::path local_path;
  std::uint16_t port = 0;
  std::vector<std::unique_ptr<Side>> sides;
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> stopped{false};
  std::mutex mutex;
  std::condition_variable empty;
  std::size_t tasks = 0;  // on all sides
};

// Runs on the side's loop. Counts the coroutine until it is gone, so that stop() can wait for it.
void HttpServer::Inside::spawn(Side& side, std::function<Awaitable<void>(Task&)> body) {
  if (side.stopping) return;
  {
    const std::lock_guard lock(mutex);
    ++tasks;
  }
  const auto task = side.tasks.emplace(side.tasks.end());
  auto run = [self = shared_from_this(), body = std::move(body), task]() -> Awaitable<void> { co_await body(*task); };
  auto done = [self = shared_from_this(), &side, task](const std::exception_ptr& problem) {
    const bool expected = side.stopping || task->cut_off;
    side.tasks.erase(task);
    try {
      if (problem) std::rethrow_exception(problem);
    } catch (const boost::system::system_error& cancelled) {
      if (!expected) log::error("unexpected exception in an HTTP connection", {{"what", cancelled.what()}});
    } catch (const std::exception& other) {
      log::error("unexpected exception in an HTTP connection", {{"what", other.what()}});
    }
    const std::lock_guard lock(self->mutex);
    if (--self->tasks == 0) self->empty.notify_all();
  };
  asio::co_spawn(side.loop.context(), std::move(run),
                 asio::bind_cancellation_slot(task->cancel.slot(), std::move(done)));
}

void HttpServer::Inside::start_accepting() {
  for (auto& owned : sides) {
    Side& side = *owned;
    side.loop.post([self = shared_from_this(), &side] {
      if (side.gate) {
        side.gate->open(*std::exchange(side.tcp, std::nullopt));
      } else if (side.tcp) {
        self->spawn(side, [self, &side](Task&) {
          return self->accept_loop(side, *side.tcp, [self, &side](TcpSocket socket, Task& task) {
            return self->serve_tcp(side, std::move(socket), task);
          });
        });
      }
      if (side.local) {
        self->spawn(side, [self, &side](Task&) {
          return self->accept_loop(side, *side.local, [self, &side](LocalSocket socket, Task& task) {
            return self->serve_local(side, std::move(socket), task);
          });
        });
      }
    });
  }
}

template <class Acceptor, class Serve>
Awaitable<void> HttpServer::Inside::accept_loop(Side& side, Acceptor& acceptor, Serve serve) {
  asio::steady_timer pause(side.loop.context());
  while (!side.stopping) {
    auto [error, socket] = co_await acceptor.async_accept(side.loop.executor(), as_values);
    if (side.stopping) break;
    if (error) {
      if (error == asio::error::connection_aborted) continue;
      log::warn("cannot accept HTTP connections", {{"why", error.message()}});
      pause.expires_after(accept_pause);
      co_await pause.async_wait(as_values);
      continue;
    }
    take(side, std::move(socket), serve);
  }
}

template <class Socket, class Serve>
void HttpServer::Inside::take(Side& side, Socket socket, Serve serve) {
  if (connections.load() >= limits.connections_max) return;  // closed: a refusal would cost a handshake
  ++connections;
  auto held = std::make_shared<Socket>(std::move(socket));
  spawn(side, [this, held, serve](Task& task) -> Awaitable<void> {
    struct Count {
      std::atomic<std::size_t>& count;
      ~Count() { --count; }
    } count{connections};
    co_await serve(std::move(*held), task);
  });
}

Awaitable<void> HttpServer::Inside::serve_tcp(Side& side, TcpSocket socket, Task& task) {
  error_code error;
  const auto from = socket.remote_endpoint(error);
  if (error) co_return;
  const tcp::endpoint client(unmapped(from.address()), from.port());
  if (tls) co_return co_await serve_tls(side, std::move(socket), {.client = client, .stay = {}, .handshake = {}}, task);
  Peer peer;
  peer.address = text_of(client);
  peer.ip = client.address();
  co_await serve(side, make_plain_stream(side.loop, std::move(socket)), std::move(peer), task);
}

Awaitable<void> HttpServer::Inside::serve_tls(Side& side, TcpSocket socket, Entrant entrant, Task& task) {
  Peer peer;
  peer.address = text_of(entrant.client);
  peer.ip = entrant.client.address();
  auto session = TlsStream::accept(side.loop, std::move(socket), *tls, limits.tls);
  if (!session) co_return;
  const auto stream = *session;
  auto bytes = co_await make_tls_stream(stream);
  entrant.handshake.reset();
  if (!bytes) {
    static log::Throttle throttle;
    if (std::uint64_t suppressed = 0; throttle.allow(suppressed))
      log::info("HTTPS handshake failed",
                {{"peer", peer.address}, {"why", bytes.error().text()}, {"suppressed", suppressed}});
    co_return;
  }
  if (Bytes certificate = stream->peer_certificate(); !certificate.empty()) peer.certificate = std::move(certificate);
  peer.unverified_chain = stream->unverified_chain();
  co_await serve(side, *std::move(bytes), std::move(peer), task);
}

Awaitable<void> HttpServer::Inside::serve_local(Side& side, LocalSocket socket, Task& task) {
  Peer peer{.address = "local", .local = true, .certificate = std::nullopt};
  co_await serve(side, make_local_stream(side.loop, std::move(socket)), std::move(peer), task);
}

Awaitable<void> HttpServer::Inside::serve(Side& side, std::unique_ptr<ByteStream> stream, Peer peer, Task& task) {
  if (peer.certificate && side.name_peers) task.names = side.name_peers(*peer.certificate);
  HttpConnection connection(std::move(stream), std::move(peer), handler, limits);
  if (side.stopping) co_return;
  struct Listed {
    Side& side;
    Task& task;
    ~Listed() {
      task.connection = nullptr;
      for (const auto& name : task.names) {
        const auto [begin, end] = side.named.equal_range(name);
        side.named.erase(std::find_if(begin, end, [this](const auto& each) { return each.second == &task; }));
      }
    }
  } listed{side, task};
  task.connection = &connection;
  for (const auto& name : task.names) side.named.emplace(name, &task);
  co_await connection.serve();
}

bool HttpServer::Inside::wait_until_empty(std::chrono::milliseconds deadline) {
  std::unique_lock lock(mutex);
  return empty.wait_for(lock, deadline, [this] { return tasks == 0; });
}

HttpServer::HttpServer(std::shared_ptr<Inside> inside) : inside_(std::move(inside)) {}
HttpServer::~HttpServer() {
  stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen_tls(Loops& loops, const std::string& address, std::uint16_t port,
                                                           std::shared_ptr<ServerTls> tls, HttpHandler handler,
                                                           HttpServerLimits limits, const MakeGate& gate) {
  TRY(auto endpoint, parse_endpoint(address, port));
  auto inside = std::make_shared<Inside>(loops, std::move(handler), std::move(limits));
  inside->tls = std::move(tls);
  for (auto& side : inside->sides) {
    TRY(side->tcp, listen_tcp(side->loop, endpoint));
    endpoint.port(side->tcp->local_endpoint().port());  // port 0: the others join the first
    if (!gate) continue;
    side->gate = gate(side->loop, [weak = std::weak_ptr(inside), at = side.get()](TcpSocket socket, Entrant entrant) {
      const auto self = weak.lock();
      if (!self) return;
      const auto held = std::make_shared<Entrant>(std::move(entrant));
      self->take(*at, std::move(socket), [server = self.get(), at, held](TcpSocket taken, Task& task) {
        return server->serve_tls(*at, std::move(taken), std::move(*held), task);
      });
    });
  }
  inside->port = endpoint.port();
  inside->start_accepting();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(inside)));
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen_plain(Loops& loops, const std::string& address,
                                                             std::uint16_t port, HttpHandler handler,
                                                             HttpServerLimits limits) {
  TRY(const auto endpoint, parse_endpoint(address, port));
  if (!endpoint.address().is_loopback())
    return fail(Errc::forbidden, "not-loopback", "plain HTTP is served on loopback only, not on " + address);
  return listen_open(loops, address, port, std::move(handler), std::move(limits));
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen_open(Loops& loops, const std::string& address,
                                                            std::uint16_t port, HttpHandler handler,
                                                            HttpServerLimits limits) {
  TRY(const auto endpoint, parse_endpoint(address, port));
  auto inside = std::make_shared<Inside>(loops, std::move(handler), std::move(limits));
  auto& side = *inside->sides.front();
  TRY(side.tcp, listen_tcp(side.loop, endpoint));
  inside->port = side.tcp->local_endpoint().port();
  inside->start_accepting();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(inside)));
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen_local(Loops& loops, const std::filesystem::path& path,
                                                             HttpHandler handler, HttpServerLimits limits) {
  auto inside = std::make_shared<Inside>(loops, std::move(handler), std::move(limits));
  auto& side = *inside->sides.front();
  TRY(side.local, listen_unix(side.loop, path));
  inside->local_path = path;
  inside->start_accepting();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(inside)));
}

std::uint16_t HttpServer::port() const {
  return inside_->port;
}
std::size_t HttpServer::connections() const {
  return inside_->connections;
}

void HttpServer::name_peers(PeerNames names) {
  for (auto& owned : inside_->sides)
    owned->loop.post([inside = inside_, side = owned.get(), names] { side->name_peers = names; });
}

void HttpServer::disconnect(const std::string& name) {
  for (auto& owned : inside_->sides) {
    owned->loop.post([inside = inside_, side = owned.get(), name] {
      std::vector<Task*> ending;  // each may take itself off the index at once
      const auto [begin, end] = side->named.equal_range(name);
      for (auto each = begin; each != end; ++each) ending.push_back(each->second);
      for (Task* const task : ending) {
        const auto [from, to] = side->named.equal_range(name);
        if (std::none_of(from, to, [task](const auto& each) { return each.second == task; })) continue;
        task->cut_off = true;
        task->connection->abort();
        task->cancel.emit(asio::cancellation_type::terminal);
      }
    });
  }
}

void HttpServer::stop(std::chrono::milliseconds grace) {
  if (inside_->stopped.exchange(true)) return;
  for (auto& owned : inside_->sides) {
    owned->loop.post([inside = inside_, side = owned.get()] {
      side->stopping = true;
      error_code ignored;
      if (side->gate) side->gate->close();
      if (side->tcp) side->tcp->close(ignored);
      if (side->local) side->local->close(ignored);
      for (Task& task : side->tasks)
        if (task.connection != nullptr) task.connection->finish();
    });
  }
  if (!inside_->wait_until_empty(grace)) {
    for (auto& owned : inside_->sides) {
      owned->loop.post([inside = inside_, side = owned.get()] {
        for (auto task = side->tasks.begin(); task != side->tasks.end();) {
          Task& present = *task++;  // its end removes it
          if (present.connection != nullptr) present.connection->abort();
          present.cancel.emit(asio::cancellation_type::terminal);
        }
      });
    }
    if (!inside_->wait_until_empty(cancel_deadline)) log::error("an HTTP handler ignores its cancellation");
  }
  if (std::error_code ignored; !inside_->local_path.empty()) std::filesystem::remove(inside_->local_path, ignored);
}

}  // namespace outrider::net
