#include "gateway/mqtt/broker.h"

#include <algorithm>
#include <thread>

#include "base/log.h"
#include "gateway/mqtt/hub.h"
#include "net/listener.h"

namespace outrider::gateway::mqtt {

namespace {

// For a loop to run a job of ours; it never does anything that takes longer.
constexpr std::chrono::milliseconds loop_deadline{10'000};
constexpr std::chrono::milliseconds poll_interval{2};

// Waits for a count that other threads bring down to zero.
bool wait_for_zero(const std::atomic<std::uint64_t>& count, std::chrono::milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (count != 0) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

}  // namespace

struct Broker::Inside {
  std::shared_ptr<Shared> shared;
  std::uint16_t port = 0;
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
  inside->shared = std::make_shared<Shared>(std::move(rooms), std::move(options), std::move(tls));
  Shared& shared = *inside->shared;
  TRY(auto endpoint, net::parse_endpoint(shared.options.address, shared.options.port));
  std::vector<net::TcpAcceptor> acceptors;
  net::Loops& loops = shared.rooms.loops;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    TRY(auto acceptor, net::listen_tcp(loops.at(i), endpoint));
    endpoint.port(acceptor.local_endpoint().port());  // port 0: the others join the first
    acceptors.push_back(std::move(acceptor));
    shared.hubs.push_back(std::make_shared<Hub>(inside->shared, loops.at(i)));
  }
  inside->port = endpoint.port();
  for (std::size_t i = 0; i < loops.size(); ++i) {
    loops.at(i).post(
        [hub = shared.hubs[i], acceptor = std::move(acceptors[i])]() mutable { hub->start(std::move(acceptor)); });
  }
  return std::unique_ptr<Broker>(new Broker(std::move(inside)));
}

std::uint16_t Broker::port() const {
  return inside_->port;
}

void Broker::expel(const FleetId& fleet, const DeviceId& device, const std::string& serial, const std::string& why) {
  for (const auto& hub : inside_->shared->hubs)
    hub->loop().post([hub, fleet, device, serial, why] { hub->expel(fleet, device, serial, why); });
}

void Broker::reconsider(const std::optional<FleetId>& fleet) {
  for (const auto& hub : inside_->shared->hubs) hub->loop().post([hub, fleet] { hub->reconsider(fleet); });
}

Status Broker::status() const {
  const Shared& shared = *inside_->shared;
  Status out;
  out.connections = shared.connections;
  out.sessions = shared.sessions;
  out.devices_online = shared.directory.devices_online();
  out.acknowledged = shared.acknowledged;
  out.received = shared.received;
  for (const auto& hub : shared.hubs) std::as_const(*hub).refusals().add_counts(out.refused);
  return out;
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
  inside_->on_all(&Hub::quiesce);
  if (!wait_for_zero(shared.appends_pending, grace))
    log::warn("reports are still not durable at the end of the grace period");
  inside_->on_all(&Hub::shut_down);
  wait_for_zero(shared.connections, shared.options.limits.tls.close_deadline);
  wait_for_zero(shared.appends_pending, grace);
  inside_->on_all(&Hub::clear);
}

}  // namespace outrider::gateway::mqtt
