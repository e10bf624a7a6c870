#include "detect/replay/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "detect/live/snapshot/snapshot_file.h"
#include "detect/replay/side.h"

namespace outrider::detect {
namespace {

constexpr std::size_t batch_entries_max = 1024;
// Beyond it a history says little more, and what is kept of it has to end somewhere.
constexpr std::uint64_t alerts_max = 1'000'000;

bool is_within(const ReplayQuestion& question, const ledger::Entry& entry) {
  return entry.received >= question.since && entry.received < question.until;
}

// One detector and the dials it is held to.
class Runner {
 public:
  Runner(const ReplayRooms& rooms, const ReplayQuestion& question, bool changed)
      : question_(question), changed_(changed), detector_(question.fleet, rooms.contracts) {}

  Result<void> load(ByteView snapshot) { return detector_.load(snapshot); }
  std::uint64_t next() const { return detector_.next(); }

  void follow(const ledger::Entry& entry) {
    const bool within = is_within(question_, entry);
    if (!turned_ && (entry.received >= question_.since || !question_.checks.empty())) {
      detector_.hold([this](Tuning& tuning) { turn(tuning); });
      turned_ = true;
    }
    const auto conclusions = detector_.follow(entry);
    if (within) side_.hear(conclusions, entry.received);
  }
  const Side& side() const { return side_; }

 private:
  void turn(Tuning& tuning) const {
    if (!question_.checks.empty()) {
      for (const CheckInfo& check : detect::checks())
        if (std::ranges::find(question_.checks, check.id) == question_.checks.end())
          tuning.dials[{check.id, ""}] = {.enabled = false};
    }
    if (changed_ && question_.change) apply(*question_.change, tuning);
  }

  const ReplayQuestion& question_;
  const bool changed_;
  Detector detector_;
  Side side_;
  bool turned_ = false;
};

// Live's snapshot, when it was made before the stretch begins.
std::optional<Snapshot> usable_snapshot(const ReplayRooms& rooms, const ReplayQuestion& question) {
  if (!question.checks.empty()) return std::nullopt;  // other checks' evidence is in it
  auto snapshot = read_snapshot(snapshot_path(rooms.snapshots, question.fleet));
  if (!snapshot || !*snapshot || (*snapshot)->next == 0) return std::nullopt;
  const auto mark = mark_before(rooms.ledger, question.fleet, (*snapshot)->next);
  if (!mark || *mark != (*snapshot)->mark) return std::nullopt;
  const auto last = rooms.ledger.read(question.fleet, (*snapshot)->next - 1, 1);
  if (!last || last->empty() || last->front().received >= question.since) return std::nullopt;
  return **std::move(snapshot);
}

}  // namespace

Result<ReplayReport> replay(const ReplayRooms& rooms, const ReplayQuestion& question, const ReplayProgress& progress) {
  if (question.since >= question.until) return fail(Errc::malformed, "bad-range", "the stretch ends before it begins");
  TRY(const auto end, rooms.ledger.durable(question.fleet));
  ReplayReport report{.since = question.since,
                      .until = question.until,
                      .begun_at = "the fleet's beginning",
                      .compared_with = question.change ? "the dials as they are" : "what was said"};
  auto runner = std::make_unique<Runner>(rooms, question, true);
  auto baseline = question.change ? std::make_unique<Runner>(rooms, question, false) : nullptr;
  Side said;
  if (const auto snapshot = usable_snapshot(rooms, question)) {
    // One that cannot be loaded is of another version: then from the beginning.
    if (runner->load(snapshot->detector) && (baseline == nullptr || baseline->load(snapshot->detector)))
      report.begun_at = fmt::format("the snapshot at entry {}", snapshot->next);
  }
  const std::uint64_t first = runner->next();
  std::uint64_t next = first;
  bool over = false;
  while (!over) {
    TRY(const auto entries, rooms.ledger.read(question.fleet, next, batch_entries_max));
    for (const auto& entry : entries) {
      if (entry.number >= end) over = true;
      if (over) break;
      if (is_within(question, entry)) ++report.entries;
      if (entry.received < question.since) ++report.entries_warm_up;
      runner->follow(entry);
      if (baseline) baseline->follow(entry);
      if (!baseline && is_within(question, entry)) said.hear(entry);
      next = entry.number + 1;
    }
    // One entry that is later than the stretch may be of a clock that was wrong; so many are not.
    over = over || std::ranges::all_of(entries, [&](const auto& entry) { return entry.received >= question.until; });
    over = over || runner->side().tickets() + runner->side().pages() > alerts_max;
    if (!progress(next - first, end - first))
      return fail(Errc::unavailable, "cancelled", "nobody waits for the replay any more");
  }
  const Side& other = baseline ? baseline->side() : said;
  report.pages = runner->side().pages();
  report.tickets = runner->side().tickets();
  report.other_pages = other.pages();
  report.other_tickets = other.tickets();
  report.alerts = runner->side().list(other, false);
  report.missing = other.list(runner->side(), true);
  return report;
}

}  // namespace outrider::detect
