#include "detect/live/live.h"

#include <algorithm>
#include <array>

#include "base/file.h"
#include "base/log.h"
#include "base/precedence.h"

namespace outrider::detect {
namespace {

// How long a stop may have to wait for the thread to notice it.
constexpr std::chrono::milliseconds follow_deadline{200};
// Between two tries after the ledger or the disk refused something.
constexpr std::chrono::milliseconds retry_delay{1000};

}  // namespace

Live::Live(ledger::Ledger& ledger, ContractReader contracts, std::function<std::vector<FleetId>()> fleets,
           LiveOptions options, Metrics& metrics, const Clock& clock, Book* book)
    : ledger_(ledger),
      contracts_(std::move(contracts)),
      fleets_(std::move(fleets)),
      options_(std::move(options)),
      metrics_(metrics),
      clock_(clock),
      rooms_{ledger_, contracts_, clock_, options_.directory, book, options_.enabled} {}

Live::~Live() {
  stop();
}

Result<void> Live::start() {
  CHECK(make_directories(options_.directory, 0700));
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
  return {};
}

void Live::stop() {
  stopping_ = true;
  if (!thread_.joinable()) return;
  thread_.join();
  save_due(true);
}

Result<Follower*> Live::follower(const FleetId& fleet) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = followers_.find(fleet); found != followers_.end()) return found->second.get();
  }
  auto made = std::make_shared<Follower>(rooms_, fleet);
  CHECK(made->open());
  const std::lock_guard lock(mutex_);
  return followers_.emplace(fleet, std::move(made)).first->second.get();
}

void Live::run() {
  step_behind_everybody();  // acknowledging reports comes first
  std::uint64_t seen = 0;
  while (!stopping_) {
    seen = ledger_.wait_for_growth(seen, follow_deadline);
    while (!stopping_ && round()) {
    }
  }
}

// One batch of each fleet. True when there may be more.
bool Live::round() {
  bool more = false;
  std::string problem;
  for (const FleetId& fleet : fleets_()) {
    const auto stepped = [&]() -> Result<std::size_t> {
      TRY(Follower* const one, follower(fleet));
      TRY(const auto count, one->step());
      if (count == 0) CHECK(one->tick(options_.tick_interval));
      return count;
    }();
    if (stepped) {
      more = more || *stepped > 0;
    } else {
      problem = "fleet " + fleet.value + ": " + stepped.error().text();
    }
  }
  save_due(false);
  const bool failed = !problem.empty();
  set_problem(std::move(problem));
  advanced_.notify_all();
  if (failed) wait_for_retry();
  return more || failed;
}

void Live::save_due(bool all) {
  std::vector<std::shared_ptr<Follower>> due;
  const bool time = std::chrono::steady_clock::now() - saved_ >= options_.snapshot_interval;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [fleet, one] : followers_)
      if (all || time || one->unsaved() >= options_.snapshot_entries) due.push_back(one);
  }
  if (time) saved_ = std::chrono::steady_clock::now();
  for (const auto& one : due) {
    if (const auto saved = one->save(); !saved)
      log::error("a detection snapshot is not written", {{"detail", saved.error().text()}});
  }
}

std::vector<std::shared_ptr<const Follower>> Live::followers() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const Follower>> out;
  for (const auto& [fleet, one] : followers_) out.push_back(one);
  return out;
}

std::shared_ptr<const Follower> Live::find(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  const auto found = followers_.find(fleet);
  return found == followers_.end() ? nullptr : found->second;
}

std::vector<FleetDetection> Live::status() const {
  std::vector<FleetDetection> out;
  for (const auto& one : followers()) out.push_back(one->status());
  return out;
}

std::uint64_t Live::lag() const {
  std::uint64_t most = 0;
  for (const auto& one : followers()) most = std::max(most, one->status().behind);
  return most;
}

std::string Live::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

std::vector<std::optional<DeviceRisk>> Live::risks(const FleetId& fleet, std::span<const DeviceId> devices) const {
  const auto one = find(fleet);
  return one == nullptr ? std::vector<std::optional<DeviceRisk>>(devices.size()) : one->risks(devices);
}

bool Live::look(const FleetId& fleet, const std::function<void(const Engine&)>& at) const {
  const auto one = find(fleet);
  if (one != nullptr) one->look(at);
  return one != nullptr;
}

Tuning Live::tuning(const FleetId& fleet) const {
  const auto one = find(fleet);
  return one == nullptr ? Tuning() : one->tuning();
}

std::optional<facts::RouteAssigned> Live::route(const FleetId& fleet, const DeviceId& device) const {
  const auto one = find(fleet);
  return one == nullptr ? std::nullopt : one->route(device);
}

std::vector<facts::FenceSet> Live::fences(const FleetId& fleet) const {
  const auto one = find(fleet);
  return one == nullptr ? std::vector<facts::FenceSet>{} : one->fences();
}

bool Live::wait_until_current(std::chrono::milliseconds deadline) const {
  std::map<FleetId, std::uint64_t> wanted;
  for (const FleetId& fleet : fleets_()) wanted[fleet] = ledger_.durable(fleet).value_or(0);
  const auto reached = [&] {
    return std::ranges::all_of(wanted, [&](const auto& item) {
      const auto found = followers_.find(item.first);
      return item.second == 0 || (found != followers_.end() && found->second->status().next >= item.second);
    });
  };
  std::unique_lock lock(mutex_);
  return advanced_.wait_for(lock, deadline, reached);
}

void Live::measure() const {
  const auto all = status();
  std::uint64_t behind = 0, devices = 0, tickets = 0, pages = 0;
  std::map<CheckId, std::uint64_t> by_check;
  std::chrono::seconds oldest{0};
  for (const auto& one : all) {
    behind = std::max(behind, one.behind);
    devices += one.devices;
    tickets += one.tickets;
    pages += one.pages;
    for (const auto& [check, count] : one.by_check) by_check[check] += count;
    if (one.snapshot_at)
      oldest = std::max(oldest, std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - *one.snapshot_at));
  }
  metrics_
      .gauge("outrider_detection_lag_entries", "Durable entries detection has not read, of the fleet furthest behind")
      .set(static_cast<double>(behind));
  metrics_.gauge("outrider_detection_devices", "Devices that detection keeps state of")
      .set(static_cast<double>(devices));
  metrics_.gauge("outrider_detection_snapshot_age_seconds", "Age of the oldest fleet's snapshot of detection")
      .set(static_cast<double>(oldest.count()));
  // Counted by the followers, since the start.
  const auto alerts = [&](const char* level, std::uint64_t count) {
    metrics_.gauge("outrider_detection_alerts", "Alerts raised or grown since the start", {{"level", level}})
        .set(static_cast<double>(count));
  };
  alerts("ticket", tickets);
  alerts("page", pages);
  for (const auto& [check, count] : by_check) {
    const CheckInfo* about = info(check);
    if (about == nullptr) continue;
    metrics_
        .gauge("outrider_detection_findings", "Times a check's evidence was in a finding since the start",
               {{"check", std::string(about->slug)}})
        .set(static_cast<double>(count));
  }
}

void Live::set_problem(std::string problem) {
  const std::lock_guard lock(mutex_);
  if (problem == problem_) return;
  if (problem.empty()) {
    log::info("detection advances again");
  } else {
    log::error("detection does not advance", {{"problem", problem}});
  }
  problem_ = std::move(problem);
}

void Live::wait_for_retry() {
  for (auto waited = retry_delay.zero(); waited < retry_delay && !stopping_; waited += follow_deadline)
    std::this_thread::sleep_for(follow_deadline);
}

}  // namespace outrider::detect
