#include "gateway/mqtt/broker.h"

#include <algorithm>
#include <future>
#include <thread>

#include "base/log.h"
#include "gateway/mqtt/hub.h"
#include "gateway/mqtt/state/reconcile.h"
#include "net/accept/listener.h"
#include "wire/mqtt/topic.h"

namespace outrider::gateway::mqtt {

namespace {

// For a loop to run a job of ours; it never does anything that takes longer.
constexpr std::chrono::milliseconds loop_deadline{10'000};
constexpr std::chrono::milliseconds poll_interval{2};

// Waits for what other threads bring about.
template <class Condition>
bool wait_until(Condition condition, std::chrono::milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

// One listener for each loop, on the same port.
Result<std::vector<net::TcpAcceptor>> listen_on_all(net::Loops& loops, const std::string& address, std::uint16_t port,
                                                    std::uint16_t& bound) {
  TRY(auto endpoint, net::parse_endpoint(address, port));
  std::vector<net::TcpAcceptor> out;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    TRY(auto acceptor, net::listen_tcp(loops.at(i), endpoint));
    endpoint.port(acceptor.local_endpoint().port());  // port 0: the others join the first
    out.push_back(std::move(acceptor));
  }
  bound = endpoint.port();
  return out;
}

// Whose messages ours are: no device and no application can be called that, for no id holds a ':'.
const DeviceId& ourselves() {
  static const DeviceId name("server:");
  return name;
}

}  // namespace

struct Broker::Inside {
  std::shared_ptr<Shared> shared;
  std::uint16_t port = 0;
  std::uint16_t websocket_port = 0;
  std::atomic<bool> stopped{false};

  // Hubs and what they share hold each other.
  ~Inside() { shared->hubs.clear(); }

  void on_all(void (Hub::*job)()) {
    const auto ran = shared->rooms.loops.run_on_all(
        [this, job](net::Loop& loop) { (shared->hubs.at(loop.index()).get()->*job)(); }, loop_deadline);
    if (!ran) log::error("an event loop hangs", {{"why", ran.error().text()}});
  }
};

Broker::Broker(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Broker::~Broker() {
  stop();
  // What the hubs still had posted to each other is done when this has run.
  inside_->on_all(&Hub::clear);
}

Result<std::unique_ptr<Broker>> Broker::start(Rooms rooms, Options options, std::shared_ptr<net::ServerTls> tls) {
  auto inside = std::make_unique<Inside>();
  if (!options.limits.tls.held) options.limits.tls.held = std::make_shared<std::atomic<std::size_t>>(0);
  inside->shared = std::make_shared<Shared>(std::move(rooms), std::move(options), std::move(tls));
  Shared& shared = *inside->shared;
  TRY(shared.store,
      StateStore::open(shared.options.state_file, shared.options.limits.state, shared.topics, shared.rooms.metrics));
  CHECK(reconcile(*shared.store, shared.rooms.ledger, shared.topics));
  net::Loops& loops = shared.rooms.loops;
  TRY(auto acceptors, listen_on_all(loops, shared.options.address, shared.options.port, inside->port));
  std::vector<net::TcpAcceptor> websockets;
  if (const auto& over = shared.options.websocket) {
    TRY(websockets, listen_on_all(loops, over->address, over->port, inside->websocket_port));
  }
  for (std::size_t i = 0; i < loops.size(); ++i)
    shared.hubs.push_back(std::make_shared<Hub>(inside->shared, loops.at(i)));
  shared.store->start(
      {.post = [hubs = &shared.hubs](std::size_t loop,
                                     StateStore::Job job) { hubs->at(loop)->loop().post(std::move(job)); },
       .notice =
           [hubs = &shared.hubs](std::size_t loop, std::vector<Notice> notices) {
             const auto& hub = hubs->at(loop);
             hub->loop().post([hub, notices = std::move(notices)]() mutable { hub->hear(std::move(notices)); });
           },
       .position = [ledger =
                        &shared.rooms.ledger](const FleetId& fleet) { return ledger->durable(fleet).value_or(0); }});
  for (std::size_t i = 0; i < loops.size(); ++i) {
    std::optional<net::TcpAcceptor> websocket;
    if (!websockets.empty()) websocket = std::move(websockets[i]);
    loops.at(i).post(
        [hub = shared.hubs[i], acceptor = std::move(acceptors[i]), websocket = std::move(websocket)]() mutable {
          hub->start(std::move(acceptor), std::move(websocket));
        });
  }
  return std::unique_ptr<Broker>(new Broker(std::move(inside)));
}

std::uint16_t Broker::port() const {
  return inside_->port;
}

std::uint16_t Broker::websocket_port() const {
  return inside_->websocket_port;
}

void Broker::expel(const FleetId& fleet, const DeviceId& device, const std::string& serial, const std::string& why) {
  for (const auto& hub : inside_->shared->hubs)
    hub->loop().post([hub, fleet, device, serial, why] { hub->expel(fleet, device, serial, why); });
}

void Broker::reconsider(const std::optional<FleetId>& fleet) {
  for (const auto& hub : inside_->shared->hubs) hub->loop().post([hub, fleet] { hub->reconsider(fleet); });
}

void Broker::reconsider(const FleetId& fleet, const DeviceId& device) {
  for (const auto& hub : inside_->shared->hubs)
    hub->loop().post([hub, fleet, device] { hub->reconsider(fleet, device); });
}

Result<bool> Broker::publish(const FleetId& fleet, std::string_view topic, std::string_view content_type,
                             ByteView payload) {
  Shared& shared = *inside_->shared;
  CHECK(wire::mqtt::check_topic_name(topic));
  CHECK(wire::mqtt::check_topic_name_limits(topic));
  if (inside_->stopped || !shared.topics.of(fleet).routes.heard(topic)) return false;
  wire::mqtt::Publish packet;
  packet.qos = wire::mqtt::QoS::at_least_once;
  packet.payload = payload;
  packet.properties.content_type = content_type;
  TRY(auto message, make_message(fleet, ourselves(), system_clock().now(), topic, packet));
  const auto& hub = shared.hubs.front();
  auto done = std::make_shared<std::promise<Result<void>>>();
  auto outcome = done->get_future();
  hub->loop().post([hub, message = std::move(message), done] {
    hub->announce(message, [done](Result<void> result) { done->set_value(std::move(result)); });
  });
  if (outcome.wait_for(loop_deadline) != std::future_status::ready)
    return fail(Errc::unavailable, "timeout", "the broker did not answer in time");
  CHECK(outcome.get());
  return true;
}

Result<void> Broker::forget(const FleetId& fleet, const DeviceId& principal) {
  expel(fleet, principal, "", "forgotten");
  // Behind what its sessions still say to the store when they end.
  CHECK(inside_->shared->rooms.loops.run_on_all([](net::Loop&) {}, loop_deadline));
  auto done = std::make_shared<std::promise<Result<void>>>();
  auto outcome = done->get_future();
  inside_->shared->store->submit(
      0, [fleet, principal](StateWork& work) { return work.forget(fleet, principal); },
      [done](Result<void> result) { done->set_value(std::move(result)); });
  if (outcome.wait_for(loop_deadline) != std::future_status::ready)
    return fail(Errc::unavailable, "timeout", "the broker did not answer in time");
  return outcome.get();
}

Status Broker::status() const {
  const Shared& shared = *inside_->shared;
  Status out;
  out.connections = shared.connections;
  out.sessions = shared.sessions;
  out.devices_online = shared.directory.devices_online();
  out.acknowledged = shared.acknowledged;
  out.received = shared.received;
  out.kept_sessions = shared.store->sessions();
  out.retained = inside_->shared->retained_anywhere();
  for (const auto& hub : shared.hubs) std::as_const(*hub).refusals().add_counts(out.refused);
  return out;
}

std::chrono::seconds Broker::oldest_session_age() const {
  const Timestamp now = system_clock().now();
  Timestamp oldest = now;
  for (const auto& hub : inside_->shared->hubs) oldest = std::min(oldest, hub->oldest_key().value_or(now));
  return std::chrono::duration_cast<std::chrono::seconds>(now - oldest);
}

std::vector<Refusal> Broker::refusals(std::size_t count) const {
  std::vector<Refusal> out;
  for (const auto& hub : inside_->shared->hubs) std::as_const(*hub).refusals().add_newest(out);
  std::ranges::sort(out, std::ranges::greater{}, &Refusal::at);
  if (out.size() > count) out.resize(count);
  return out;
}

void Broker::stop(std::chrono::milliseconds grace) {
  if (inside_->stopped.exchange(true)) return;
  Shared& shared = *inside_->shared;
  // Ledger and store hand on to each other; the store answers on the loops.
  const auto idle = [&] { return shared.appends_pending == 0 && shared.store->pending() == 0; };
  inside_->on_all(&Hub::quiesce);
  if (!wait_until(idle, grace)) log::warn("reports are still not durable at the end of the grace period");
  inside_->on_all(&Hub::shut_down);
  wait_until([&] { return shared.connections == 0; }, shared.options.limits.tls.close_deadline);
  wait_until(idle, grace);
  inside_->on_all(&Hub::clear);
  shared.store->stop();
}

}  // namespace outrider::gateway::mqtt
