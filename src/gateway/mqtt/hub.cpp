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
constexpr unsigned loop_shift = 48;  // session ids: loop in the upper bits, a counter below

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
      instance(hex(crypto::random_bytes(instance_random_bytes))),
      sessions_gauge(rooms.metrics.gauge("outrider_mqtt_sessions", "MQTT sessions online")),
      connections_gauge(rooms.metrics.gauge("outrider_mqtt_connections", "Open connections to the MQTT listener")),
      received_counter(rooms.metrics.counter("outrider_mqtt_publish_total", "PUBLISH packets received")),
      acknowledged_counter(
          rooms.metrics.counter("outrider_mqtt_acknowledged_total", "Reports acknowledged as durable")) {}

Hub::Hub(std::shared_ptr<Shared> shared, net::Loop& loop)
    : shared_(std::move(shared)),
      loop_(loop),
      refusals_(shared_->rooms.metrics, shared_->options.limits,
                [this](ledger::Draft draft) { record(std::move(draft)); }),
      wheel_(std::chrono::steady_clock::now(), shared_->options.limits.second),
      timer_(loop.context()),
      next_session_((static_cast<std::uint64_t>(loop.index()) << loop_shift) + 1) {}

Hub::~Hub() = default;

void Hub::start(net::TcpAcceptor acceptor) {
  mailbox_ = std::make_shared<Mailbox>(loop_, [this](std::vector<Completion> all) { take(std::move(all)); });
  // Until Hub::quiesce closes it.
  door_ = std::make_shared<admission::Door>(
      shared_->keeper, loop_,
      [self = shared_from_this()](auto socket, auto arrival) { self->let_in(std::move(socket), std::move(arrival)); },
      [self = shared_from_this()](const auto& turned) { self->turned_away(turned); });
  door_->open(std::move(acceptor));
  tick();
}

void Hub::let_in(net::TlsStream::Socket socket, admission::Arrival arrival) {
  auto stream = net::TlsStream::accept(loop_, std::move(socket), *shared_->tls, limits().tls);
  if (!stream) return;
  const SessionId id = next_session_++;
  auto session = std::make_unique<Session>(*this, id, *std::move(stream), std::move(arrival));
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
  if (loop_.index() == 0) {  // the counts are everybody's; one tells the metrics
    shared_->sessions_gauge.set(static_cast<double>(shared_->sessions));
    shared_->connections_gauge.set(static_cast<double>(shared_->connections));
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

Session* Hub::find(SessionId id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second.get();
}

Hub::Subscriptions& Hub::subscriptions(const FleetId& fleet) {
  return subscriptions_.try_emplace(fleet, limits().subscriptions_of_fleet_max).first->second;
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

void Hub::expel(const FleetId& fleet, const DeviceId& device, const std::string& serial, const std::string& why) {
  const auto [first, last] = by_device_.equal_range(key_of(fleet, device));
  std::vector<Session*> meant;
  for (auto at = first; at != last; ++at)
    if (serial.empty() || at->second->serial() == serial) meant.push_back(at->second);
  for (Session* session : meant) session->expel(why);
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

void Hub::take_over(SessionId id) {
  if (Session* session = find(id))
    session->end(ReasonCode::session_taken_over, "taken-over", "the client connected again");
}

void Hub::append(ledger::Draft draft, SessionId session, std::uint64_t sequence, bool report,
                 std::shared_ptr<const Message> message) {
  ++shared_->appends_pending;
  shared_->rooms.ledger.append(std::move(draft), [mailbox = mailbox_, session, sequence, report,
                                                  message = std::move(message)](Result<std::uint64_t> number) mutable {
    Completion completion{session, sequence, report, std::nullopt, std::move(message)};
    if (!number) completion.error = std::move(number).error();
    mailbox->put(std::move(completion));
  });
}

void Hub::take(std::vector<Completion> completions) {
  std::vector<SessionId> touched;
  for (Completion& completion : completions) {
    if (completion.message && !completion.error) {
      for (const auto& hub : shared_->hubs) {
        if (hub.get() == this) {
          deliver(completion.message);
        } else {
          hub->loop().post([hub, message = completion.message] { hub->deliver(message); });
        }
      }
    }
    Session* session = completion.session == 0 ? nullptr : find(completion.session);
    if (session == nullptr) continue;
    if (touched.empty() || touched.back() != completion.session) touched.push_back(completion.session);
    session->complete(std::move(completion));
  }
  for (const SessionId id : touched)
    if (Session* session = find(id)) session->flush();
  shared_->appends_pending -= completions.size();
}

void Hub::deliver(const std::shared_ptr<const Message>& message) {
  const auto found = subscriptions_.find(message->fleet);
  if (found == subscriptions_.end()) return;
  // A client whose filters overlap hears it once, at the highest QoS (MQTT 5, 3.3.4).
  std::vector<std::pair<Subscriber, Wanted>> hearers;
  found->second.match(message->topic, [&](const Subscriber& subscriber, const Wanted& wanted) {
    if (wanted.no_local && subscriber.session->id() == message->from) return;
    const auto same =
        std::ranges::find_if(hearers, [&](const auto& h) { return h.first.session == subscriber.session; });
    if (same == hearers.end()) {
      hearers.emplace_back(subscriber, wanted);
    } else {
      same->second.qos = std::max(same->second.qos, wanted.qos);
    }
  });
  for (const auto& [subscriber, wanted] : hearers)
    subscriber.session->deliver(message, wanted.qos, subscriber.by_alias);
}

void Hub::quiesce() {
  stopping_ = true;
  if (door_) door_->close();
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
