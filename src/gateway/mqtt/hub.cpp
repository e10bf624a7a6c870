#include "gateway/mqtt/hub.h"

#include <algorithm>

#include "base/log.h"
#include "crypto/random.h"
#include "gateway/mqtt/session/session.h"

namespace outrider::gateway::mqtt {

using boost::system::error_code;
using wire::mqtt::ReasonCode;

namespace {

constexpr std::size_t instance_random_bytes = 6;
constexpr std::size_t reconsidered_at_once_max = 256;  // a millisecond's work

std::string key_of(const FleetId& fleet, const DeviceId& device) {
  return fleet.value + "/" + device.value;
}

}  // namespace

Shared::Shared(Rooms r, Options o, std::shared_ptr<net::ServerTls> t)
    : rooms(std::move(r)),
      options(std::move(o)),
      tls(std::move(t)),
      keeper(std::make_shared<admission::Keeper>(options.limits.admission, options.policy, rooms.loops.size(),
                                                 rooms.metrics)),
      topics(options.limits.subscriptions_of_fleet_max, options.limits.retained_messages_max,
             options.limits.retained_bytes_max),
      instance(hex(crypto::random_bytes(instance_random_bytes))),
      sessions_gauge(rooms.metrics.gauge("outrider_mqtt_sessions", "MQTT sessions online")),
      connections_gauge(rooms.metrics.gauge("outrider_mqtt_connections", "Open connections to the MQTT listener")),
      held_gauge(rooms.metrics.gauge("outrider_mqtt_held_bytes", "What waits for the sockets of slow readers")),
      received_counter(rooms.metrics.counter("outrider_mqtt_publish_total", "PUBLISH packets received")),
      acknowledged_counter(
          rooms.metrics.counter("outrider_mqtt_acknowledged_total", "Reports acknowledged as durable")) {}

Hub::Hub(std::shared_ptr<Shared> shared, net::Loop& loop)
    : shared_(std::move(shared)),
      loop_(loop),
      refusals_(
          shared_->rooms.metrics, shared_->options.limits, [this](ledger::Draft draft) { record(std::move(draft)); },
          shared_->options.strangers_log),
      wheel_(std::chrono::steady_clock::now(), shared_->options.limits.second),
      timer_(loop.context()),
      next_session_((static_cast<std::uint64_t>(loop.index()) << session_loop_shift) + 1) {}

Hub::~Hub() = default;

void Hub::start(net::TcpAcceptor acceptor, std::optional<net::TcpAcceptor> websocket) {
  mailbox_ = std::make_shared<Mailbox>(loop_, [this](std::span<Completion> all) { take(all); });
  door_ = open_door(std::move(acceptor), Carrier::tls);
  if (websocket) websocket_door_ = open_door(*std::move(websocket), Carrier::websocket);
  tick();
}

// Until Hub::quiesce closes it.
std::shared_ptr<admission::Door> Hub::open_door(net::TcpAcceptor acceptor, Carrier carrier) {
  auto door = std::make_shared<admission::Door>(
      shared_->keeper, loop_,
      [self = shared_from_this(), carrier](auto socket, auto arrival) {
        self->let_in(std::move(socket), std::move(arrival), carrier);
      },
      [self = shared_from_this()](const auto& turned) { self->turned_away(turned); });
  door->open(std::move(acceptor));
  return door;
}

void Hub::let_in(net::TlsStream::Socket socket, admission::Arrival arrival, Carrier carrier) {
  auto stream = net::TlsStream::accept(loop_, std::move(socket), *shared_->tls, limits().tls);
  if (!stream) return;
  const SessionId id = next_session_++;
  std::unique_ptr<websocket::WebSocket> over;
  if (carrier == Carrier::websocket)
    over = std::make_unique<websocket::WebSocket>(*stream, shared_->options.websocket->rules, shared_->rooms.recognise);
  auto session = std::make_unique<Session>(*this, id, Wire(*std::move(stream), std::move(over)), std::move(arrival));
  session->start();
  sessions_.emplace(id, std::move(session));
}

void Hub::turned_away(const admission::Turned& turned) {
  Refusal refusal;
  refusal.at = system_clock().now();
  refusal.action = "connect";
  refusal.rule = turned.rule;
  refusal.detail = turned.detail;
  refusal.address = turned.address;
  refusals_.refuse(std::move(refusal), std::chrono::steady_clock::now());
}

void Hub::tick() {
  const Time now = std::chrono::steady_clock::now();
  wheel_.advance(now, [&](SessionId id) {
    if (Session* session = find(id)) session->check_deadlines(now);
  });
  refusals_.flush(now, false);
  const auto oldest = key_ages_.oldest();
  oldest_key_ = oldest ? to_micros(*oldest) : 0;
  if (shared_->held_bytes() > limits().held_bytes_max) shed();
  if (loop_.index() == 0) {  // the counts are everybody's; one tells the metrics
    sweep();
    shared_->sessions_gauge.set(static_cast<double>(shared_->sessions));
    shared_->connections_gauge.set(static_cast<double>(shared_->connections));
    shared_->held_gauge.set(static_cast<double>(shared_->held_bytes()));
    const std::uint64_t received = shared_->received;
    const std::uint64_t acknowledged = shared_->acknowledged;
    shared_->received_counter.add(static_cast<double>(received - std::exchange(received_told_, received)));
    shared_->acknowledged_counter.add(
        static_cast<double>(acknowledged - std::exchange(acknowledged_told_, acknowledged)));
  }
  timer_.expires_after(wheel_.tick());
  timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled && !self->stopping_) self->tick();
  });
}

std::optional<Timestamp> Hub::oldest_key() const {
  const std::int64_t oldest = oldest_key_;
  return oldest == 0 ? std::nullopt : std::optional(from_micros(oldest));
}

// Who holds most first. Looking through all sessions is for emergencies.
void Hub::shed() {
  std::vector<Session*> holders;
  for (const auto& [id, session] : sessions_)
    if (session->held_bytes() > 0) holders.push_back(session.get());
  std::ranges::sort(holders, std::ranges::greater{}, &Session::held_bytes);
  for (Session* const holder : holders) {
    if (shared_->held_bytes() <= limits().held_bytes_max) return;
    holder->shed();
  }
}

Session* Hub::find(SessionId id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.get();
}

void Hub::came_online(Session& session) {
  by_device_.emplace(key_of(session.fleet(), session.device()), &session);
  shared_->directory.came_online(session.fleet(), session.device());
  ++shared_->sessions;
}

void Hub::went_offline(Session& session) {
  const auto [first, last] = by_device_.equal_range(key_of(session.fleet(), session.device()));
  for (auto at = first; at != last; ++at) {
    if (at->second != &session) continue;
    by_device_.erase(at);
    break;
  }
  shared_->directory.went_offline(session.fleet(), session.device());
  --shared_->sessions;
}

void Hub::bury(SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  // It is on the stack below us; it goes when the loop has come back.
  auto dead = std::make_shared<std::unique_ptr<Session>>(std::move(found->second));
  sessions_.erase(found);
  loop_.post([self = shared_from_this(), dead] { dead->reset(); });
}

std::vector<Session*> Hub::sessions_of(const FleetId& fleet, const DeviceId& device) const {
  const auto [first, last] = by_device_.equal_range(key_of(fleet, device));
  std::vector<Session*> out;
  for (auto at = first; at != last; ++at) out.push_back(at->second);
  return out;
}

void Hub::expel(const FleetId& fleet, const DeviceId& device, const std::string& serial, const std::string& why) {
  for (Session* const session : sessions_of(fleet, device))
    if (serial.empty() || session->serial() == serial) session->expel(why);
}

void Hub::reconsider(const FleetId& fleet, const DeviceId& device) {
  for (Session* const session : sessions_of(fleet, device)) session->reconsider();
}

void Hub::reconsider(const std::optional<FleetId>& fleet) {
  std::vector<SessionId> meant;
  for (const auto& [key, session] : by_device_)
    if (!fleet || session->fleet() == *fleet) meant.push_back(session->id());
  reconsider_next(std::move(meant));
}

void Hub::reconsider_next(std::vector<SessionId> left) {
  for (std::size_t count = 0; count < reconsidered_at_once_max && !left.empty(); ++count) {
    Session* const session = find(left.back());
    left.pop_back();
    if (session != nullptr) session->reconsider();
  }
  if (left.empty() || stopping_) return;
  loop_.post([self = shared_from_this(), left = std::move(left)]() mutable { self->reconsider_next(std::move(left)); });
}

void Hub::take_over(SessionId id, const boost::asio::ip::address& from, std::function<void()> then) {
  Session* const session = find(id);
  if (session == nullptr) return then();
  session->take_over(from, std::move(then));
}

void Hub::quiesce() {
  stopping_ = true;
  if (door_) door_->close();
  if (websocket_door_) websocket_door_->close();
  timer_.cancel();
  for (auto& [id, session] : sessions_) session->stop_reading();
}

void Hub::shut_down() {
  for (auto& [id, session] : sessions_)
    session->end(ReasonCode::server_shutting_down, "server-shutting-down", "the server shuts down");
  refusals_.flush(std::chrono::steady_clock::now(), true);
}

void Hub::clear() {
  for (auto& [id, session] : sessions_) session->abort();
  sessions_.clear();
  if (mailbox_) mailbox_->close();
}

}  // namespace outrider::gateway::mqtt
