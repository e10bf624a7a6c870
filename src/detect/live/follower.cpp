#include "detect/live/follower.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "detect/engine/risk/lifecycle.h"
#include "detect/input/entry_fact.h"
#include "detect/live/say/append_all.h"

namespace outrider::detect {
namespace {

// Entries read under one lock: small enough that whoever asks for a device's risk does not wait long.
constexpr std::size_t batch_entries_max = 1024;

template <class Alert>
ledger::Subject subject_of(const FleetId& fleet, const Alert& alert) {
  if (alert.device.empty()) return {ledger::SubjectKind::fleet, fleet.value};
  return {ledger::SubjectKind::device, alert.device};
}

}  // namespace

Follower::Follower(const FollowerRooms& rooms, FleetId fleet)
    : rooms_(rooms), fleet_(std::move(fleet)), file_(snapshot_path(rooms.directory, fleet_)) {
  status_.fleet = fleet_;
}

template <class Alert>
void Follower::intend(const Alert& alert) {
  auto& count = alert.level == facts::AlertLevel::page ? status_.pages : status_.tickets;
  ++count;
  auto draft = ledger::draft_of(fleet_, subject_of(fleet_, alert), alert);
  // Its figures say as much of a person as the reports they were made of.
  const Engine& engine = detector_->engine();
  if (const auto device = engine.device(alert.device);
      device != 0 && engine.contract(engine.contract_of(device)).personal)
    draft.privacy = ledger::Privacy::personal;
  unsaid_.push_back(std::move(draft));
}

void Follower::conclude(const ledger::Entry& by, const facts::AlertRaised& alert) {
  if (by.number < said_until_) {
    if (unspoken_.size() < unspoken_max) unspoken_.insert(alert.alert);
  } else if (!said_.has(alert)) {
    intend(alert);
  }
}

void Follower::conclude(const ledger::Entry& by, const facts::AlertGrown& alert) {
  if (by.number >= said_until_ && !said_.has(alert)) intend(alert);
}

void Follower::unlearn_unspoken() {
  for (const std::string& alert : unspoken_)
    if (!said_.raised(alert)) detector_->stage().unsaid(alert);
  unspoken_.clear();
}

void Follower::read(const ledger::Entry& entry) {
  if (rooms_.book != nullptr) rooms_.book->apply(entry);
  if (entry.number >= said_until_ && !unspoken_.empty()) unlearn_unspoken();
  const auto kind = static_cast<Kind>(entry.kind);
  if (kind == Kind::alert_raised && !unspoken_.empty())
    if (const auto alert = fact_of<facts::AlertRaised>(entry)) unspoken_.erase(alert->alert);
  must_save_ = must_save_ || kind == Kind::key_shredded;
  next_ = entry.number + 1;
  newest_ = entry.received;
  ticked_ = false;
  if (!rooms_.detecting) return;
  const Conclusions conclusions = detector_->follow(entry);
  for (const Finding& finding : detector_->findings())
    for (std::size_t i = 0; i < finding.families; ++i) ++status_.by_check[finding.evidence[i].check];
  for (const auto& alert : conclusions.raised) conclude(entry, alert);
  for (const auto& alert : conclusions.grown) conclude(entry, alert);
}

Result<std::size_t> Follower::step() {
  CHECK(say());
  TRY(const auto entries, rooms_.ledger.read(fleet_, next_, batch_entries_max));
  TRY(const auto durable, rooms_.ledger.durable(fleet_));
  {
    const std::lock_guard lock(mutex_);
    for (const auto& entry : entries) read(entry);
    status_.next = next_;
    status_.behind = durable - std::min(durable, next_);
    status_.devices = detector_->engine().devices();
    status_.state_bytes = status_.devices * sizeof(DeviceState);
  }
  if (next_ >= said_read_) said_.forget();
  CHECK(say());
  return entries.size();
}

// What cannot be said now (the disk is full) is said later; what never can be (the ledger refuses it for what it is)
// must not stop everything else.
Result<void> Follower::say() {
  if (unsaid_.empty()) return {};
  auto refused = append_all(rooms_.ledger, unsaid_);
  unsaid_.clear();
  std::optional<Error> first;
  for (auto& [draft, error] : refused) {
    if (error.code == Errc::too_large || error.code == Errc::malformed) {
      log::error("an alert cannot be recorded", {{"fleet", fleet_.value}, {"detail", error.text()}});
      continue;
    }
    if (!first) first = std::move(error);
    unsaid_.push_back(std::move(draft));
  }
  if (first) return std::unexpected(*std::move(first));
  return {};
}

bool Follower::somebody_is_to_be_heard() const {
  const Engine& engine = detector_->engine();
  for (std::uint32_t device = 1; device <= engine.devices(); ++device) {
    const DeviceState& state = engine.state(device);
    if (state.observations > 0 && expected_to_speak(static_cast<facts::Lifecycle>(state.lifecycle))) return true;
  }
  return false;
}

Result<void> Follower::tick(std::chrono::milliseconds quiet) {
  if (!rooms_.detecting || ticked_ || next_ == 0) return {};
  if (newest_ == Timestamp{}) {
    TRY(const auto entries, rooms_.ledger.read(fleet_, next_ - 1, 1));
    if (!entries.empty()) newest_ = entries.front().received;
  }
  const Timestamp now = rooms_.clock.now();
  const auto due_s = detector_->stage().due_s();
  const bool due = due_s && static_cast<double>(to_micros(now)) / 1e6 > *due_s;
  if ((!due && now - newest_ < quiet) || rooms_.ledger.durable(fleet_).value_or(next_) != next_) return {};
  if (!due && !somebody_is_to_be_heard()) {
    newest_ = now;  // look again after as long
    return {};
  }
  ticked_ = true;  // until it is read
  auto refused = append_all(
      rooms_.ledger, {ledger::draft_of(fleet_, {ledger::SubjectKind::fleet, fleet_.value}, facts::ClockTicked{})});
  if (refused.empty()) return {};
  ticked_ = false;
  return std::unexpected(std::move(refused.front().error));
}

FleetDetection Follower::status() const {
  const std::lock_guard lock(mutex_);
  FleetDetection out = status_;
  const auto durable = rooms_.ledger.durable(fleet_).value_or(out.next);
  out.behind = durable - std::min(durable, out.next);
  return out;
}

std::vector<std::optional<DeviceRisk>> Follower::risks(std::span<const DeviceId> devices) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::optional<DeviceRisk>> out;
  for (const auto& device : devices) out.push_back(device_risk(detector_->engine(), device, rooms_.clock.now()));
  return out;
}

void Follower::look(const std::function<void(const Engine&)>& at) const {
  const std::lock_guard lock(mutex_);
  at(detector_->engine());
}

Tuning Follower::tuning() const {
  const std::lock_guard lock(mutex_);
  return detector_->engine().tuning();
}

std::optional<facts::RouteAssigned> Follower::route(const DeviceId& device) const {
  const std::lock_guard lock(mutex_);
  return route_of(detector_->engine(), device, rooms_.clock.now());
}

std::vector<facts::FenceSet> Follower::fences() const {
  const std::lock_guard lock(mutex_);
  return fences_of(detector_->engine());
}

}  // namespace outrider::detect
