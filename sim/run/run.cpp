#include "sim/run/run.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cmath>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/file.h"
#include "sim/run/load.h"
#include "sim/run/resolve.h"
#include "sim/run/run_context.h"
#include "sim/run/shard.h"
#include "sim/run/status.h"
#include "sim/stage/order.h"

namespace outrider::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t ca_bytes_max = 64UL * 1024;
constexpr std::size_t files_besides_devices = 64;
// From so many devices on, handshakes alone keep one core busy.
constexpr std::size_t devices_per_thread = 2000;
constexpr std::size_t threads_max = 64;
constexpr auto look_every = 200ms;
// How long the end may take: a server that acknowledges nothing any more does not hold us for ever.
constexpr auto drain_deadline = 8s;
constexpr auto loop_deadline = 10s;

Result<void> allow_files(std::size_t devices) {
  const rlim_t needed = devices + files_besides_devices;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::unexpected(system_error("getrlimit", "open files", errno));
  if (limit.rlim_cur >= needed) return {};
  if (limit.rlim_max < needed) {
    return fail(Errc::too_large, "too-few-files",
                fmt::format("{} devices need {} open files, the limit is {}; run: ulimit -Hn {}", devices, needed,
                            limit.rlim_max, needed));
  }
  limit.rlim_cur = needed;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return std::unexpected(system_error("setrlimit", "open files", errno));
  return {};
}

// A run under way. Lives on the caller's thread; the shards on their loops.
class FleetRun {
 public:
  FleetRun(RunContext& run, std::vector<Role> roles);
  Result<Summary> play();

 private:
  void make_shards(std::vector<Role> roles);
  // Waits until `done`, a signal, or a fatal error; looks a few times a second. False when it was cut short.
  bool wait(const std::function<bool()>& done);
  Summary summary() const;
  void on_all(void (Shard::*what)());
  void hear();  // orders
  void end();

  RunContext& run_;
  const std::size_t devices_;
  net::Loops loops_;
  std::vector<std::unique_ptr<Shard>> shards_;  // go before their loops, which are stopped by then
  Status status_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::optional<double> enrol_seconds_;
  boost::asio::io_context here_;
  boost::asio::signal_set signals_;
  bool signalled_ = false;
  OrderInbox orders_{STDIN_FILENO};
  std::mutex failure_mutex_;
  std::optional<Error> failure_;
};

std::size_t threads_for(const RunSettings& settings, std::size_t devices) {
  if (settings.threads != 0) return std::min(settings.threads, threads_max);
  return std::clamp<std::size_t>(devices / devices_per_thread, 1, std::max(1U, std::thread::hardware_concurrency()));
}

FleetRun::FleetRun(RunContext& run, std::vector<Role> roles)
    : run_(run),
      devices_(roles.size()),
      loops_(threads_for(run.settings, roles.size())),
      status_(run.settings, run.counters, run.notices, roles.size()),
      signals_(here_, SIGINT, SIGTERM) {
  run_.give_up = [this](Error error) {
    const std::lock_guard lock(failure_mutex_);
    if (!failure_) failure_ = std::move(error);
  };
  signals_.async_wait([this](const boost::system::error_code& error, int) { signalled_ = signalled_ || !error; });
  make_shards(std::move(roles));
}

void FleetRun::make_shards(std::vector<Role> roles) {
  const std::size_t count = loops_.size();
  const std::size_t workers = std::max<std::size_t>(1, run_.settings.enrolments_at_once / count);
  for (std::size_t i = 0; i < count; ++i) {
    shards_.push_back(std::make_unique<Shard>(loops_.at(i), run_, 1.0 / static_cast<double>(count), workers));
  }
  for (std::size_t i = 0; i < roles.size(); ++i) {
    auto& role = roles[i];
    shards_[i % count]->add(std::move(role.line.device), std::move(role.line.code), std::move(role.source), role.seed);
  }
}

Summary FleetRun::summary() const {
  const Counters& c = run_.counters;
  const double seconds =
      enrol_seconds_.value_or(std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count());
  Summary out{.devices_enrolled = c.enrolled,
              .devices_online = c.online,
              .reports_sent = c.sent,
              .reports_acknowledged = c.acknowledged,
              .refused = c.refused,
              .reconnects = c.reconnects,
              .reports_missed = c.missed,
              .renewals = c.renewals,
              .renewals_failed = c.renewals_failed,
              .roams = c.roams,
              .resumed = c.resumed,
              .naps = c.naps,
              .messages_received = c.messages};
  if (c.enrolled_now != 0) {
    out.enrol_seconds = std::round(seconds * 1000.0) / 1000.0;
    out.enrolments_per_second = std::round(static_cast<double>(c.enrolled_now) / std::max(seconds, 1e-3) * 10.0) / 10.0;
  }
  return out;
}

bool FleetRun::wait(const std::function<bool()>& done) {
  for (;;) {
    status_.show(summary());
    {
      const std::lock_guard lock(failure_mutex_);
      if (failure_) return false;
    }
    if (signalled_) return false;
    if (run_.settings.orders) hear();
    if (done()) return true;
    here_.restart();
    here_.run_for(look_every);
  }
}

void FleetRun::hear() {
  auto orders = orders_.look();
  if (!orders) return run_.give_up(std::move(orders).error());
  for (const Order& order : *orders)
    for (const auto& shard : shards_) shard->loop().post([&shard, order] { shard->obey(order); });
}

void FleetRun::on_all(void (Shard::*what)()) {
  for (const auto& shard : shards_) shard->loop().post([&shard, what] { ((*shard).*what)(); });
}

void FleetRun::end() {
  on_all(&Shard::finish);
  const auto deadline = std::chrono::steady_clock::now() + drain_deadline;
  while (run_.counters.ended < devices_ && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(10ms);
  on_all(&Shard::stop);
  const auto all_idle = [this] {
    std::atomic<bool> idle{true};
    const auto asked = loops_.run_on_all(
        [&](net::Loop& loop) {
          if (!shards_[loop.index()]->idle()) idle = false;
        },
        loop_deadline);
    return !asked || idle;
  };
  while (!all_idle()) std::this_thread::sleep_for(10ms);
  loops_.stop();
}

Result<Summary> FleetRun::play() {
  on_all(&Shard::start);
  bool going = wait([this] { return run_.counters.enrol_left == 0; });
  enrol_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  if (going && run_.counters.enrolled == 0) going = false;
  if (going) {
    const auto from = std::chrono::steady_clock::now();
    wait([this, from] {
      return run_.settings.run_for && std::chrono::steady_clock::now() - from >= *run_.settings.run_for;
    });
  }
  const std::uint64_t online = run_.counters.online;
  end();
  Summary out = summary();
  out.devices_online = online;
  status_.finish(out);
  if (failure_) return std::unexpected(*std::move(failure_));
  if (!signalled_ && out.devices_enrolled == 0)
    return fail(Errc::unavailable, "nothing-enrolled", "no device could enrol");
  if (!signalled_ && out.reports_sent == 0 && online == 0)
    return fail(Errc::unavailable, "nothing-online", "no device could connect");
  return out;
}

}  // namespace

namespace {

Habits::Paces paces_of(const RunSettings& settings, std::size_t devices) {
  Habits::Paces out{.renew = settings.renew_every, .roam = settings.roam_every};
  if (settings.churn_per_minute > 0) {
    const double minutes = static_cast<double>(devices) / settings.churn_per_minute;
    out.nap = std::chrono::milliseconds(static_cast<std::int64_t>(std::max(minutes * 60'000, 1'000.0)));
  }
  return out;
}

}  // namespace

Result<Summary> run_fleet(const RunSettings& settings) {
  TRY(const auto keyring, Keyring::open(settings.state));
  std::vector<std::string> notes;
  TRY(auto roles, load_roles(settings, keyring->boots(), notes));
  for (const auto& note : notes) fmt::print(stderr, "{}\n", note);
  CHECK(allow_files(roles.size()));

  TRY(const std::string ca, read_text_file(settings.ca, ca_bytes_max));
  TRY(auto tls, net::ClientTls::create({.server_anchors_pem = ca, .resumption = settings.resume}));
  TRY(auto est, net::HttpEndpoint::from_url(settings.est));
  est.tls = tls;
  TRY(const auto mqtt, resolve(settings.mqtt_host, settings.mqtt_port));
  if (settings.roam_every && (!mqtt.address().is_v4() || !mqtt.address().is_loopback()))
    return fail(Errc::malformed, "bad-option",
                "--roam-every needs a server on 127.0.0.0/8: roaming is between its addresses");
  std::unique_ptr<Journal> journal;
  if (settings.journal) {
    TRY(journal, Journal::open(*settings.journal));
  }
  RunContext run{.settings = settings,
                 .keyring = *keyring,
                 .journal = journal.get(),
                 .tls = std::move(tls),
                 .est = std::move(est),
                 .mqtt = mqtt,
                 .paces = paces_of(settings, roles.size())};
  FleetRun fleet(run, std::move(roles));
  return fleet.play();
}

}  // namespace outrider::sim
