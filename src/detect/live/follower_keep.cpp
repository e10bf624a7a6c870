// What a follower keeps on disk, and how it finds its place again.
#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "detect/live/follower.h"

namespace outrider::detect {
namespace {

constexpr std::string_view cursor_name = "detection";

}  // namespace

void Follower::begin() {
  detector_ = std::make_unique<Detector>(fleet_, rooms_.contracts);
  if (rooms_.book != nullptr) rooms_.book->begin(fleet_);
  next_ = tried_ = 0;
}

Result<void> Follower::take(const Snapshot& snapshot) {
  auto detector = std::make_unique<Detector>(fleet_, rooms_.contracts);
  CHECK(detector->load(snapshot.detector));
  if (detector->next() > snapshot.next)
    return fail(Errc::corrupt, "bad-snapshot", fmt::format("{} is ahead of itself", file_.string()));
  if (rooms_.book != nullptr) CHECK(rooms_.book->load(fleet_, snapshot.book));
  detector_ = std::move(detector);
  next_ = tried_ = snapshot.next;
  unspoken_ = snapshot.unspoken;
  status_.snapshot_entry = next_;
  status_.snapshot_bytes = snapshot.detector.size() + snapshot.book.size();
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
  const auto snapshot = read_snapshot(file_);
  Result<void> taken;
  if (!snapshot) {
    taken = std::unexpected(snapshot.error());
  } else if (*snapshot) {
    const auto mark = mark_before(rooms_.ledger, fleet_, (*snapshot)->next);
    if (!mark && mark.error().code != Errc::not_found) return std::unexpected(mark.error());  // the ledger's trouble
    taken = mark && *mark == (*snapshot)->mark
                ? take(**snapshot)
                : fail(Errc::corrupt, "other-history",
                       fmt::format("{} was made of another ledger than this one", file_.string()));
  }
  // Whatever is wrong with it: a snapshot only spares reading, and no detection is worse than a late one.
  if (!taken) {
    log::warn("detection reads the fleet from its beginning",
              {{"fleet", fleet_.value}, {"reason", taken.error().reason}, {"detail", taken.error().text()}});
    status_.problem = taken.error().text() + "; it was read again from the beginning";
    begin();
  }
  const auto cursor = rooms_.ledger.load_cursor(std::string(cursor_name), fleet_);
  if (!cursor && cursor.error().code != Errc::corrupt) return std::unexpected(cursor.error());
  // A cursor behind the ledger's end is one of a ledger that was rolled back: what is there counts. It must not lie
  // until the ledger has grown past it.
  if (!cursor) CHECK(rooms_.ledger.save_cursor(std::string(cursor_name), fleet_, next_));
  said_until_ = std::max(cursor.value_or(0), next_);
  CHECK(said_.read(rooms_.ledger, fleet_, said_until_));
  TRY(said_read_, rooms_.ledger.durable(fleet_));
  status_.next = next_;
  return {};
}

Result<void> Follower::save() {
  tried_ = next_;
  if (!rooms_.detecting) return must_save_ ? remove() : Result<void>();
  if (!unsaid_.empty() || next_ == status_.snapshot_entry) return {};
  Snapshot snapshot;
  snapshot.next = next_;
  TRY(snapshot.mark, mark_before(rooms_.ledger, fleet_, next_));
  snapshot.unspoken = unspoken_;
  snapshot.detector = detector_->save();
  if (rooms_.book != nullptr) snapshot.book = rooms_.book->save(fleet_);
  CHECK(write_snapshot(file_, snapshot));
  must_save_ = false;
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

// Detection is off and keeps no state: what it knew once must not outlive its reason.
Result<void> Follower::remove() {
  std::error_code error;
  std::filesystem::remove(file_, error);
  if (error) return fail(Errc::unavailable, "snapshot-stays", fmt::format("{}: {}", file_.string(), error.message()));
  CHECK(sync_directory(file_.parent_path()));
  must_save_ = false;
  return {};
}

}  // namespace outrider::detect
