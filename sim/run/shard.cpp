#include "sim/run/shard.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "sim/client/est.h"

namespace outrider::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto ramp_step = 20ms;
constexpr double ramp_burst = 50;  // connections that may be owed by a late timer
// A server that is not there for so many tries (about two minutes) will not be there for this run.
constexpr unsigned enrol_tries_max = 12;
// The answer is a certificate or a sentence.
constexpr std::size_t est_body_bytes_max = 256UL * 1024;

net::HttpClientLimits est_limits() {
  net::HttpClientLimits limits;
  limits.response_deadline = 30s;
  limits.body_bytes_max = est_body_bytes_max;
  return limits;
}

}  // namespace

// One connection to the EST server, used for one enrolment after the other.
struct Shard::Worker {
  Worker(net::Loop& loop, const net::HttpEndpoint& endpoint, std::uint64_t seed)
      : client(loop, endpoint, est_limits()), timer(loop.context()), random(seed) {}
  net::AsyncHttpClient client;
  boost::asio::steady_timer timer;
  Random random;
};

Shard::Shard(net::Loop& loop, RunContext& run, double share, std::size_t workers)
    : loop_(loop),
      run_(run),
      connections_per_second_(run.settings.connections_per_second * share),
      storm_(loop.context()),
      ramp_(loop.context()) {
  for (std::size_t i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(loop, run.est, mixed(run.settings.seed + i)));
  }
}

Shard::~Shard() = default;

void Shard::add(DeviceId id, std::string code, std::unique_ptr<ReportSource> source, std::uint64_t seed) {
  const bool enrolled = run_.keyring.find(id).has_value();
  devices_.push_back(std::make_unique<SimDevice>(*this, std::move(id), std::move(code), std::move(source), seed));
  by_name_.emplace(devices_.back()->id().value, devices_.back().get());
  if (enrolled) {
    ++run_.counters.enrolled;
    to_connect_.push_back(devices_.back().get());
  } else {
    ++run_.counters.enrol_left;
    to_enrol_.push_back(devices_.back().get());
  }
}

void Shard::start() {
  for (const auto& worker : workers_) {
    if (to_enrol_.empty()) break;
    ++workers_busy_;
    boost::asio::co_spawn(loop_.executor(), work(*worker), boost::asio::detached);
  }
  ramp_at_ = std::chrono::steady_clock::now();
  pump();
  wait_for_storm();
}

// All devices of the run at the same moment: every loop counts from the beginning of the run.
void Shard::wait_for_storm() {
  if (!run_.settings.storm_every || finishing_) return;
  const auto now = std::chrono::steady_clock::now();
  const auto past = (now - run_.began) / *run_.settings.storm_every;
  storm_.expires_at(run_.began + (past + 1) * *run_.settings.storm_every);
  storm_.async_wait([this](const boost::system::error_code& error) {
    if (error || finishing_) return;
    ++run_.counters.storms;
    for (const auto& device : devices_) device->storm();
    wait_for_storm();
  });
}

void Shard::want_renewal(SimDevice& device) {
  to_renew_.push_back(&device);
  if (renewals_busy_ != 0 || finishing_) return;
  ++renewals_busy_;
  boost::asio::co_spawn(loop_.executor(), renew_all(), boost::asio::detached);
}

// One at a time on each loop: renewals of a fleet are spread over weeks.
net::Awaitable<void> Shard::renew_all() {
  while (!finishing_ && !to_renew_.empty()) {
    SimDevice& device = *to_renew_.front();
    to_renew_.pop_front();
    auto credentials = co_await renew(device);
    if (!finishing_) device.renewed(std::move(credentials));
  }
  --renewals_busy_;
}

net::Awaitable<Result<Credentials>> Shard::renew(SimDevice& device) {
  const auto present = run_.keyring.find(device.id());
  if (!present) co_return fail(Errc::internal, "no-certificate", "no certificate to renew");
  net::TlsIdentity identity(present->chain, Secret(std::string_view(present->key)));
  auto endpoint = run_.est;
  CO_TRY(endpoint.credential, run_.tls->credential(identity));
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  CO_TRY(auto request, renew_request(run_.settings.fleet, device.id(), key));
  net::AsyncHttpClient client(loop_, endpoint, est_limits());
  renewing_client_ = &client;
  const auto response = co_await client.send(std::move(request));
  renewing_client_ = nullptr;
  client.close();
  if (!response) co_return std::unexpected(response.error());
  auto answer = enrol_answer(*response, device.id(), key.public_key());
  if (answer.outcome != EnrolOutcome::enrolled) co_return fail(Errc::forbidden, "renewal-refused", answer.why);
  const Secret pem = key.to_pem();
  co_return Credentials{
      .device = device.id().value, .key = std::string(as_text(pem.view())), .chain = std::move(answer.chain)};
}

net::Awaitable<void> Shard::work(Worker& worker) {
  while (!finishing_ && !to_enrol_.empty()) {
    SimDevice& device = *to_enrol_.front();
    to_enrol_.pop_front();
    co_await enrol(worker, device);
    --run_.counters.enrol_left;
  }
  worker.client.close();
  --workers_busy_;
}

net::Awaitable<void> Shard::enrol(Worker& worker, SimDevice& device) {
  if (device.code().empty()) {
    refuse(device, "has neither a certificate in the state directory nor a code");
    co_return;
  }
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  Backoff backoff;
  std::string why;
  for (unsigned tries = 0; tries < enrol_tries_max && !finishing_; ++tries) {
    auto request = enrol_request(run_.settings.fleet, device.id(), device.code(), key);
    if (!request) {
      refuse(device, request.error().text());
      co_return;
    }
    auto wait = backoff.next(worker.random);
    const auto response = co_await worker.client.send(*std::move(request));
    if (response) {
      auto answer = enrol_answer(*response, device.id(), key.public_key());
      if (answer.outcome == EnrolOutcome::enrolled) {
        keep(device, key, std::move(answer.chain));
        co_return;
      }
      if (answer.outcome == EnrolOutcome::refused) {
        refuse(device, answer.why);
        co_return;
      }
      why = std::move(answer.why);
      wait = std::max(wait, std::chrono::milliseconds{answer.retry_after});
    } else {
      why = response.error().text();
    }
    if (!finishing_) run_.notices.say(device.id().value, "enrolment has to wait", why);
    co_await nap(worker, wait);
  }
  if (!finishing_) refuse(device, "gave up: " + why);
}

net::Awaitable<void> Shard::nap(Worker& worker, std::chrono::milliseconds time) {
  if (finishing_) co_return;
  worker.timer.expires_after(time);
  co_await worker.timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

void Shard::keep(SimDevice& device, const crypto::KeyPair& key, std::string chain) {
  const Secret pem = key.to_pem();
  auto kept = run_.keyring.remember(
      {.device = device.id().value, .key = std::string(as_text(pem.view())), .chain = std::move(chain)});
  if (!kept) return run_.give_up(std::move(kept).error());
  ++run_.counters.enrolled;
  ++run_.counters.enrolled_now;
  want_connection(device);
}

void Shard::refuse(SimDevice& device, std::string_view why) {
  ++run_.counters.refused;
  run_.notices.say(device.id().value, "enrolment refused", why);
}

void Shard::want_connection(SimDevice& device) {
  to_connect_.push_back(&device);
  if (!ramp_runs_) {
    ramp_at_ = std::chrono::steady_clock::now();
    ramp_credit_ = std::max(ramp_credit_, 1.0);
    pump();
  }
}

// Lets through as many connections as the time since the last call is worth.
void Shard::pump() {
  const auto now = std::chrono::steady_clock::now();
  ramp_credit_ += connections_per_second_ * std::chrono::duration<double>(now - ramp_at_).count();
  ramp_credit_ = std::min(ramp_credit_, ramp_burst);
  ramp_at_ = now;
  for (; ramp_credit_ >= 1.0 && !to_connect_.empty(); ramp_credit_ -= 1.0) {
    SimDevice& device = *to_connect_.front();
    to_connect_.pop_front();
    device.connect();
  }
  ramp_runs_ = !to_connect_.empty();
  if (!ramp_runs_) return;
  ramp_.expires_after(ramp_step);
  ramp_.async_wait([this](const boost::system::error_code& error) {
    if (!error) pump();
  });
}

void Shard::stop_workers() {
  finishing_ = true;
  for (const auto& worker : workers_) {
    worker->client.close();
    worker->timer.cancel();
  }
  storm_.cancel();
  if (renewing_client_ != nullptr) renewing_client_->close();
}

void Shard::finish() {
  stop_workers();
  for (const auto& device : devices_) device->finish();
}

void Shard::obey(const Order& order) {
  if (order.devices.empty()) {
    for (const auto& device : devices_) device->obey(order);
    return;
  }
  for (const auto& name : order.devices)
    if (const auto found = by_name_.find(name); found != by_name_.end()) found->second->obey(order);
}

void Shard::stop() {
  stop_workers();
  ramp_.cancel();
  for (const auto& device : devices_) device->stop();
}

}  // namespace outrider::sim
