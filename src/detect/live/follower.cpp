#include "detect/live/follower.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "detect/engine/risk/lifecycle.h"
#include "detect/live/say/append_all.h"
#include "detect/live/snapshot/snapshot_file.h"

namespace outrider::detect {
namespace {

constexpr std::string_view cursor_name = "detection";
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

void Follower::begin() {
  detector_ = std::make_unique<Detector>(fleet_, rooms_.contracts);
  if (rooms_.book != nullptr) rooms_.book->begin(fleet_);
  next_ = 0;
}

Result<void> Follower::load() {
  TRY(const auto snapshot, read_snapshot(file_));
  if (!snapshot) return {};
  const auto mark = mark_before(rooms_.ledger, fleet_, snapshot->next);
  if (!mark && mark.error().code != Errc::not_found) return std::unexpected(mark.error());
  if (!mark || *mark != snapshot->mark)
    return fail(Errc::corrupt, "other-history",
                fmt::format("{} was made of another ledger than this one", file_.string()));
  auto detector = std::make_unique<Detector>(fleet_, rooms_.contracts);
  CHECK(detector->load(snapshot->detector));
  if (detector->next() > snapshot->next)
    return fail(Errc::corrupt, "bad-snapshot", fmt::format("{} is ahead of itself", file_.string()));
  if (rooms_.book != nullptr) CHECK(rooms_.book->load(fleet_, snapshot->book));
  detector_ = std::move(detector);
  next_ = snapshot->next;
  status_.snapshot_entry = next_;
  status_.snapshot_bytes = snapshot->detector.size() + snapshot->book.size();
  std::error_code error;
  const auto written = std::filesystem::last_write_time(file_, error);
  if (!error)
    status_.snapshot_at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::file_clock::to_sys(written));
  return {};
}

Result<void> Follower::open() {
  const std::lock_guard lock(mutex_);
  begin();
  if (const auto loaded = load(); !loaded) {
    if (loaded.error().code != Errc::corrupt) return std::unexpected(loaded.error());
    log::warn("detection reads the fleet from its beginning",
              {{"fleet", fleet_.value}, {"reason", loaded.error().reason}, {"detail", loaded.error().text()}});
    status_.problem = loaded.error().text() + "; it was read again from the beginning";
    begin();
  }
  // A cursor behind the ledger's end is one of a ledger that was rolled back: what is there counts.
  const auto cursor = rooms_.ledger.load_cursor(std::string(cursor_name), fleet_);
  if (!cursor && cursor.error().code != Errc::corrupt) return std::unexpected(cursor.error());
  said_until_ = std::max(cursor.value_or(0), next_);
  CHECK(said_.read(rooms_.ledger, fleet_, said_until_));
  TRY(said_read_, rooms_.ledger.durable(fleet_));
  status_.next = next_;
  return {};
}

template <class Alert>
void Follower::conclude(const ledger::Entry& by, const Alert& alert) {
  if (by.number < said_until_ || said_.has(alert)) return;
  auto& count = alert.level == facts::AlertLevel::page ? status_.pages : status_.tickets;
  ++count;
  unsaid_.push_back(ledger::draft_of(fleet_, subject_of(fleet_, alert), alert));
}

void Follower::read(const ledger::Entry& entry) {
  if (rooms_.book != nullptr) rooms_.book->apply(entry);
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

std::uint64_t Follower::unsaved() const {
  return next_ - std::min(next_, status_.snapshot_entry);
}

Result<void> Follower::save() {
  if (!rooms_.detecting || !unsaid_.empty() || unsaved() == 0) return {};
  Snapshot snapshot;
  snapshot.next = next_;
  TRY(snapshot.mark, mark_before(rooms_.ledger, fleet_, next_));
  snapshot.detector = detector_->save();
  if (rooms_.book != nullptr) snapshot.book = rooms_.book->save(fleet_);
  CHECK(write_snapshot(file_, snapshot));
  // While it reads again what an earlier version has said, the cursor stays where that one left it.
  if (next_ > said_until_) {
    CHECK(rooms_.ledger.save_cursor(std::string(cursor_name), fleet_, next_));
    said_until_ = next_;
  }
  const std::lock_guard lock(mutex_);
  status_.snapshot_entry = next_;
  status_.snapshot_at = rooms_.clock.now();
  status_.snapshot_bytes = snapshot.detector.size() + snapshot.book.size();
  return {};
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
