#include "detect/live/live.h"

#include <algorithm>
#include <array>

#include "base/file.h"
#include "base/log.h"
#include "base/precedence.h"

namespace outrider::detect {
namespace {

// The ledger wakes the thread when it grows; so often it looks whether time alone is reason enough for something: a
// tick, a snapshot, another try, a stop.
constexpr std::chrono::milliseconds look_interval{200};
// Between two tries of a fleet after the ledger refused something, and of a snapshot after the disk did.
constexpr std::chrono::seconds retry_delay{1};
constexpr std::chrono::seconds save_retry_delay{30};
// Between two snapshots because of destroyed data keys: whoever destroys a thousand does not stop detection.
constexpr std::chrono::seconds urgent_interval{10};

// Brings a counter up to a number that is counted elsewhere.
void count_up(const Counter& counter, std::uint64_t to) {
  if (const double more = static_cast<double>(to) - counter.value(); more > 0) counter.add(more);
}

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
  remove_unfinished(options_.directory);
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
    seen = ledger_.wait_for_growth(seen, look_interval);
    while (!stopping_ && round()) {
    }
  }
}

// One batch of each fleet. True when there may be more.
bool Live::round() {
  bool more = false;
  for (const FleetId& fleet : fleets_()) {
    if (rests(fleet)) continue;
    const auto stepped = [&]() -> Result<std::size_t> {
      TRY(Follower* const one, follower(fleet));
      TRY(const auto count, one->step());
      if (count == 0) CHECK(one->tick(options_.tick_interval));
      return count;
    }();
    more = more || stepped.value_or(0) > 0;
    note(fleet, stepped ? std::string() : stepped.error().text());
  }
  save_due(false);
  advanced_.notify_all();
  return more;
}

bool Live::rests(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  const auto found = troubles_.find(fleet);
  return found != troubles_.end() && std::chrono::steady_clock::now() < found->second.until;
}

void Live::note(const FleetId& fleet, std::string problem) {
  const std::lock_guard lock(mutex_);
  const auto found = troubles_.find(fleet);
  const std::string before = found == troubles_.end() ? std::string() : found->second.problem;
  if (!problem.empty() && problem != before)
    log::error("detection does not advance", {{"fleet", fleet.value}, {"problem", problem}});
  if (problem.empty() && !before.empty()) log::info("detection advances again", {{"fleet", fleet.value}});
  if (problem.empty()) {
    troubles_.erase(fleet);
  } else {
    troubles_[fleet] = {std::move(problem), std::chrono::steady_clock::now() + retry_delay};
  }
}

void Live::save_due(bool all) {
  std::vector<std::shared_ptr<Follower>> due;
  const auto now = std::chrono::steady_clock::now();
  if (!all && now < save_again_) return;
  const bool time = now - saved_ >= options_.snapshot_interval;
  const bool urgent = now - urgently_saved_ >= urgent_interval;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [fleet, one] : followers_)
      if (all || time || (urgent && one->must_save()) || one->unsaved() >= options_.snapshot_entries)
        due.push_back(one);
  }
  if (time) saved_ = now;
  if (urgent && !due.empty()) urgently_saved_ = now;
  for (const auto& one : due) {
    const auto saved = one->save();
    if (saved) continue;
    log::error("a detection snapshot is not written", {{"detail", saved.error().text()}});
    save_again_ = now + save_retry_delay;
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

std::string Live::problem(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  const auto found = troubles_.find(fleet);
  return found == troubles_.end() ? std::string() : found->second.problem;
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
    count_up(metrics_.counter("outrider_detection_alerts_total", "Alerts raised or grown", {{"level", level}}), count);
  };
  alerts("ticket", tickets);
  alerts("page", pages);
  for (const auto& [check, count] : by_check) {
    const CheckInfo* about = info(check);
    if (about == nullptr) continue;
    count_up(metrics_.counter("outrider_detection_findings_total", "Times a check's evidence was in a finding",
                              {{"check", std::string(about->slug)}}),
             count);
  }
}

}  // namespace outrider::detect
