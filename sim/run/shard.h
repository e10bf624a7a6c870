#pragma once
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "crypto/keys/key.h"
#include "net/http/http_client.h"
#include "sim/device/sim_device.h"

namespace outrider::sim {

// The devices of one loop: enrols those without a certificate over a few kept-alive connections, lets them connect at
// the pace that was ordered, and ends them.
//
// Life cycle: add devices, start(), finish() or stop(), destroyed after the loop has stopped. Everything but the
// constructor and add() on the loop's thread.
class Shard final : public DeviceHost {
 public:
  // `share` is this shard's part of the run's rates, 0 to 1; `workers` enrolments at a time.
  Shard(net::Loop& loop, RunContext& run, double share, std::size_t workers);
  ~Shard();

  void add(DeviceId id, std::string code, std::unique_ptr<ReportSource> source, std::uint64_t seed);

  void start();
  void finish();
  void stop();
  void obey(const Order& order);
  // No coroutine of ours is left.
  bool idle() const { return workers_busy_ == 0 && renewals_busy_ == 0; }

  net::Loop& loop() override { return loop_; }
  RunContext& run() override { return run_; }
  void want_connection(SimDevice& device) override;
  void want_renewal(SimDevice& device) override;
  Bytes& scratch() override {
    scratch_.clear();
    return scratch_;
  }
  Report& report() override { return report_; }

 private:
  struct Worker;
  net::Awaitable<void> work(Worker& worker);
  net::Awaitable<void> enrol(Worker& worker, SimDevice& device);
  net::Awaitable<void> nap(Worker& worker, std::chrono::milliseconds time);
  void keep(SimDevice& device, const crypto::KeyPair& key, std::string chain);
  net::Awaitable<void> renew_all();
  net::Awaitable<Result<Credentials>> renew(SimDevice& device);
  void wait_for_storm();
  void refuse(SimDevice& device, std::string_view why);
  void pump();
  void stop_workers();

  net::Loop& loop_;
  RunContext& run_;
  const double connections_per_second_;
  std::vector<std::unique_ptr<SimDevice>> devices_;
  std::map<std::string_view, SimDevice*> by_name_;
  std::deque<SimDevice*> to_enrol_;
  std::deque<SimDevice*> to_connect_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t workers_busy_ = 0;
  std::deque<SimDevice*> to_renew_;
  net::AsyncHttpClient* renewing_client_ = nullptr;  // of the renewal under way
  std::size_t renewals_busy_ = 0;
  boost::asio::steady_timer storm_;
  boost::asio::steady_timer ramp_;
  bool ramp_runs_ = false;
  double ramp_credit_ = 0;
  std::chrono::steady_clock::time_point ramp_at_;
  bool finishing_ = false;
  Bytes scratch_;
  Report report_;
};

}  // namespace outrider::sim
