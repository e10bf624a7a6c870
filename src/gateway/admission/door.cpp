#include "gateway/admission/door.h"

#include <sys/socket.h>

#include <algorithm>

#include "base/log.h"
#include "crypto/hash.h"
#include "net/accept/proxy.h"
#include "wire/proxy/header.h"
#include "wire/tls/client_hello.h"
#include "wire/tls/client_traits.h"

namespace outrider::gateway::admission {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// After "too many open files" an acceptor would spin; a moment later some may be free.
constexpr std::chrono::milliseconds accept_pause{100};
// In one turn of the loop, so that sessions that are up get theirs.
constexpr unsigned accepted_at_once_max = 64;
constexpr std::chrono::milliseconds tick_interval{100};
// Handshakes begun before the loop looks after others: some 3 ms of work.
constexpr std::size_t begun_at_once_max = 8;
// What a handshake is thought to take until we know better, and how slowly we learn: about 200 ends.
constexpr double seconds_each_at_first = 0.001;
constexpr double learning = 1.0 / 64;
constexpr std::size_t peek_bytes = std::max(wire::proxy::header_bytes_max, wire::tls::hello_bytes_max);
static_assert(peek_bytes <= net::loop_buffer_bytes);

// A few microseconds beside the hundreds of a handshake.
std::unique_ptr<const std::string> fingerprint(ByteView hello) {
  constexpr std::size_t digits = 12;  // as JA4
  const auto traits = wire::tls::read_traits(hello);
  if (!traits) return nullptr;
  const auto short_hash = [](const std::string& text) { return hex(crypto::sha256(as_bytes(text))).substr(0, digits); };
  return std::make_unique<const std::string>(traits->head + '_' + short_hash(traits->suites) + '_' +
                                             short_hash(traits->extensions));
}

}  // namespace

// A connection on its way in.
struct Door::Waiter {
  enum class Stage : std::uint8_t { arriving, greeting, in_line, gone };
  explicit Waiter(Socket s) : socket(std::move(s)) {}

  Socket socket;
  asio::ip::tcp::endpoint peer;
  Source source;
  Sources::Stay stay;
  Time since;  // accepted; later: joined the line
  std::size_t seen = 0;
  Class of = Class::full;
  std::unique_ptr<const std::string> tls_client;
  Stage stage = Stage::arriving;
  bool behind_proxy = false;              // its header has to come
  std::list<Waiting>::iterator greeting;  // while it is
};

Door::Door(std::shared_ptr<Keeper> keeper, net::Loop& loop, Admit admit, TurnAway turn_away)
    : keeper_(std::move(keeper)),
      loop_(loop),
      admit_(std::move(admit)),
      turn_away_(std::move(turn_away)),
      pause_(loop.context()),
      timer_(loop.context()),
      active_max_(std::max<std::size_t>(1, keeper_->limits.handshakes_max / keeper_->doors)),
      seconds_each_(seconds_each_at_first) {}

Door::~Door() = default;

void Door::open(net::TcpAcceptor acceptor) {
  acceptor_.emplace(std::move(acceptor));
  acceptor_->non_blocking(true);
  accept_next();
}

void Door::close() {
  closed_ = true;
  error_code ignored;
  if (acceptor_) acceptor_->close(ignored);
  pause_.cancel();
  timer_.cancel();
  while (!greeting_.empty()) drop(greeting_.front());
  while (const auto waiter = line_.pop()) drop(*waiter);
  waiting_.clear();
  admit_ = nullptr;
  turn_away_ = nullptr;
}

void Door::accept_next() {
  if (closed_) return;
  acceptor_->async_accept(loop_.executor(), [self = shared_from_this()](const error_code& error, Socket socket) {
    if (self->closed_) return;
    if (error && error != asio::error::connection_aborted) {
      static log::Throttle throttle;
      if (std::uint64_t suppressed = 0; throttle.allow(suppressed))
        log::warn("cannot accept connections", {{"why", error.message()}, {"suppressed", suppressed}});
      self->pause_.expires_after(accept_pause);
      self->pause_.async_wait([self](const error_code& cancelled) {
        if (!cancelled) self->accept_next();
      });
      return;
    }
    if (!error) self->accepted(std::move(socket));
    self->accept_waiting();
    self->accept_next();
  });
}

// Those who wait already: whoever brings a ticket is seen before the handshakes of those ahead are done.
void Door::accept_waiting() {
  for (unsigned count = 1; count < accepted_at_once_max && !closed_; ++count) {
    Socket socket(loop_.executor());
    error_code error;
    acceptor_->accept(socket, error);
    if (error) return;  // nobody, or what accept_next will hear of
    accepted(std::move(socket));
  }
}

void Door::accepted(Socket socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (!error) socket.non_blocking(true, error);
  if (error) return;  // gone already
  const auto waiter = std::make_shared<Waiter>(std::move(socket));
  waiter->peer = {net::unmapped(peer.address()), peer.port()};
  waiter->since = std::chrono::steady_clock::now();
  waiter->behind_proxy = net::any_contains(keeper_->policy.proxies, peer.address());
  if (!waiter->behind_proxy && !identify(waiter)) return;
  waiter->stage = Waiter::Stage::greeting;
  waiter->greeting = greeting_.insert(greeting_.end(), waiter);
  keep_time();
  look(waiter);
}

bool Door::identify(const Waiting& waiter) {
  waiter->source = source_of(waiter->peer.address(), *keeper_->policy.networks);
  auto entered = keeper_->sources.enter(waiter->source, waiter->since);
  if (!entered) {
    turn_away(waiter, entered.error().reason, entered.error().detail);
    return false;
  }
  waiter->stay = *std::move(entered);
  return true;
}

void Door::look(const Waiting& waiter) {
  if (waiter->stage == Waiter::Stage::gone) return;
  const auto buffer = loop_.buffer().first(peek_bytes);
  const ssize_t count = ::recv(waiter->socket.native_handle(), buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
  const bool nothing = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  const std::size_t begun = count > 0 ? static_cast<std::size_t>(count) : 0;
  if ((count <= 0 && !nothing) || (begun <= waiter->seen && net::hung_up(waiter->socket)))
    return turn_away(waiter, "no-hello", "the client left before its ClientHello");
  if (begun == 0) return wait_for_more(waiter, 0);
  if (waiter->behind_proxy) return look_at_header(waiter, buffer.first(begun));
  look_at_hello(waiter, buffer.first(begun));
}

void Door::look_at_header(const Waiting& waiter, ByteView begun) {
  const auto client = net::take_proxy_header(waiter->socket, begun, waiter->peer);
  if (!client) return turn_away(waiter, client.error().reason, client.error().detail);
  if (!*client) return wait_for_more(waiter, begun.size());
  waiter->behind_proxy = false;
  waiter->seen = 0;
  waiter->peer = **client;
  if (identify(waiter)) look(waiter);
}

void Door::look_at_hello(const Waiting& waiter, ByteView begun) {
  // An own header from somebody else would let a client choose where it comes from.
  if (wire::proxy::looks_like_header(begun))
    return turn_away(waiter, "proxy-not-trusted",
                     "a PROXY protocol header from an address that is not in proxy.trusted");
  const auto greeting = wire::tls::look_at_hello(begun);
  switch (greeting.hello) {
    case wire::tls::Hello::incomplete:
      return wait_for_more(waiter, begun.size());
    case wire::tls::Hello::not_tls:
      return turn_away(waiter, "not-tls", "the client does not speak TLS");
    case wire::tls::Hello::resuming: {
      // A ticket that nobody gave out would cost a whole handshake.
      const auto& knows = keeper_->policy.knows_ticket;
      if (!knows || knows(greeting.ticket)) return join(waiter, Class::resuming);
      waiter->tls_client = fingerprint(begun);
      return join(waiter, Class::full);
    }
    case wire::tls::Hello::full:
      waiter->tls_client = fingerprint(begun);
      return join(waiter, Class::full);
  }
}

void Door::wait_for_more(const Waiting& waiter, std::size_t seen) {
  waiter->seen = seen;
  net::set_low_water(waiter->socket, seen + 1);
  waiter->socket.async_wait(Socket::wait_read, [self = shared_from_this(), waiter](const error_code& error) {
    if (!error) self->look(waiter);
  });
}

void Door::join(const Waiting& waiter, Class of) {
  const Time now = std::chrono::steady_clock::now();
  if (of == Class::full) {
    if (const auto may = keeper_->sources.begin_handshake(waiter->source, now); !may)
      return turn_away(waiter, may.error().reason, may.error().detail);
  }
  const auto ahead = static_cast<double>(line_.ahead(of, waiter->source.neighbours));
  if (std::chrono::duration<double>(ahead * seconds_each_) > keeper_->limits.wait_max)
    return turn_away(waiter, "server-busy", "too many connections are ahead in the line");
  net::set_low_water(waiter->socket, 1);
  greeting_.erase(waiter->greeting);
  waiter->stage = Waiter::Stage::in_line;
  waiter->since = now;
  waiter->of = of;
  line_.push(of, waiter->source.neighbours, waiter);
  waiting_.push_back(waiter);
  keeper_->waiting.add(1);
  keep_time();
  pump();
}

bool Door::has_place() const {
  return active_ < active_max_ && begun_.size() < active_max_ * keeper_->limits.unfinished_factor;
}

void Door::pump() {
  if (pumping_ || closed_) return;
  const Time now = std::chrono::steady_clock::now();
  for (std::size_t count = 0; has_place();) {
    if (count == begun_at_once_max) return pump_later();
    const auto next = line_.pop();
    if (!next) return;
    const Waiting& waiter = *next;
    if (waiter->stage == Waiter::Stage::gone) continue;
    if (net::hung_up(waiter->socket)) {  // a handshake with nobody would cost as much as any
      turn_away(waiter, "no-hello", "the client left while it waited");
      continue;
    }
    begin(*waiter, now);
    ++count;
  }
}

// Not from within a session's call.
void Door::pump_later() {
  if (pumping_) return;
  pumping_ = true;
  loop_.post([self = shared_from_this()] {
    self->pumping_ = false;
    self->pump();
  });
}

void Door::begin(Waiter& waiter, Time now) {
  keeper_->waiting.add(-1);
  keeper_->handshakes.add(1);
  keeper_->waited.at(static_cast<std::size_t>(waiter.of))
      .observe(std::chrono::duration<double>(now - waiter.since).count());
  waiter.stage = Waiter::Stage::gone;
  ++active_;
  const auto place = begun_.insert(begun_.end(), {now, false});
  Arrival arrival{.peer = waiter.peer,
                  .origin = origin_of(*keeper_->policy.networks, keeper_->policy.locate, waiter.peer.address()),
                  .stay = std::move(waiter.stay),
                  .slot = Slot(shared_from_this(), place),
                  .tls_client = std::move(waiter.tls_client)};
  admit_(std::move(waiter.socket), std::move(arrival));
}

void Slot::release() {
  if (const auto door = std::exchange(door_, nullptr)) door->handshake_over(place_);
}

void Door::handshake_over(Slot::Place place) {
  if (!place->slow) --active_;
  begun_.erase(place);
  keeper_->handshakes.add(-1);
  const Time now = std::chrono::steady_clock::now();
  if (line_.size() == 0) {
    last_end_ = Time{};
    return;
  }
  if (last_end_ != Time{})
    seconds_each_ += learning * (std::chrono::duration<double>(now - last_end_).count() - seconds_each_);
  last_end_ = now;
  pump_later();
}

// By value: the list may hold the last other one. Told first, so that who sees the end of the connection finds it
// counted.
void Door::turn_away(Waiting waiter, const std::string& rule, const std::string& detail) {
  if (turn_away_) turn_away_({rule, detail, net::text_of(waiter->peer)});
  drop(std::move(waiter));
}

void Door::drop(Waiting waiter) {
  if (waiter->stage == Waiter::Stage::greeting) greeting_.erase(waiter->greeting);
  if (waiter->stage == Waiter::Stage::in_line) keeper_->waiting.add(-1);
  if (std::exchange(waiter->stage, Waiter::Stage::gone) == Waiter::Stage::gone) return;
  waiter->stay = {};
  error_code ignored;
  waiter->socket.close(ignored);
}

void Door::keep_time() {
  if (timing_ || closed_) return;
  timing_ = true;
  timer_.expires_after(tick_interval);
  timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (cancelled || self->closed_) return;
    self->timing_ = false;
    self->tick(std::chrono::steady_clock::now());
  });
}

// All three are by time, so the first that is not due ends the look.
void Door::tick(Time now) {
  const Limits& limits = keeper_->limits;
  while (!greeting_.empty() && now >= greeting_.front()->since + limits.hello_deadline)
    turn_away(greeting_.front(), "hello-timeout", "no whole ClientHello in time");
  const auto gone = [](const Waiting& waiter) { return waiter->stage == Waiter::Stage::gone; };
  while (!waiting_.empty() && (gone(waiting_.front()) || now >= waiting_.front()->since + limits.wait_max)) {
    const Waiting waiter = std::move(waiting_.front());
    waiting_.pop_front();
    if (!gone(waiter)) turn_away(waiter, "wait-timeout", "the turn of its handshake did not come in time");
  }
  for (auto& begun : begun_) {
    if (now < begun.at + limits.slow_handshake) break;
    if (!std::exchange(begun.slow, true)) --active_;
  }
  pump();
  if (!greeting_.empty() || !waiting_.empty() || !begun_.empty()) keep_time();
}

}  // namespace outrider::gateway::admission
