// Detection: how far it is, what it looks at, its dials, and its run over history.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "api/handlers.h"
#include "api/handlers/detection_change.h"
#include "api/progress.h"
#include "api/routing/workers.h"
#include "api/stream.h"
#include "base/suggest.h"
#include "detect/replay/replay.h"

namespace outrider::api {
namespace {

constexpr std::size_t replay_checks_max = 200;  // there are fewer

struct CheckCount {
  std::string check;
  std::uint64_t findings = 0;
};
BOOST_DESCRIBE_STRUCT(CheckCount, (), (check, findings))

struct DetectionView {
  FleetId fleet;
  bool enabled = true;
  std::uint64_t entry = 0;  // that is read next
  std::uint64_t behind = 0;
  std::uint64_t devices = 0;
  std::uint64_t state_bytes = 0;
  std::uint64_t pages = 0;
  std::uint64_t tickets = 0;
  std::uint64_t snapshot_entry = 0;
  std::optional<Timestamp> snapshot_at;
  std::uint64_t snapshot_bytes = 0;
  double page_risk = 0;
  double ticket_risk = 0;
  double page_budget = 0;
  std::optional<std::string> problem;
  std::vector<CheckCount> checks;
};
BOOST_DESCRIBE_STRUCT(DetectionView, (),
                      (fleet, enabled, entry, behind, devices, state_bytes, pages, tickets, snapshot_entry, snapshot_at,
                       snapshot_bytes, page_risk, ticket_risk, page_budget, problem, checks))

struct DialView {
  std::string profile;  // empty: all
  bool enabled = true;
  double factor = 1;
};
BOOST_DESCRIBE_STRUCT(DialView, (), (profile, enabled, factor))

struct CheckView {
  std::string check;
  std::string family;
  std::string threat;
  std::vector<std::string> techniques;
  bool proof = false;
  std::string summary;
  std::vector<DialView> dials;  // none: as it comes
};
BOOST_DESCRIBE_STRUCT(CheckView, (), (check, family, threat, techniques, proof, summary, dials))

struct WantedReplay {
  std::string since;
  std::optional<std::string> until;
  std::optional<std::vector<std::string>> checks;
  std::optional<DetectionChange> change;
};
BOOST_DESCRIBE_STRUCT(WantedReplay, (), (since, until, checks, change))

std::string slug_of(detect::CheckId check) {
  const auto* about = detect::info(check);
  return about == nullptr ? std::string() : std::string(about->slug);
}

Result<std::vector<detect::CheckId>> checks_of(const std::vector<std::string>& slugs) {
  if (slugs.size() > replay_checks_max)
    return fail(Errc::too_large, "too-many", fmt::format("at most {} checks", replay_checks_max));
  std::vector<detect::CheckId> out;
  for (const auto& slug : slugs) {
    TRY(const auto check, detection_check(slug));
    out.push_back(check);
  }
  return out;
}

// A replay as it runs on a worker, and the lines that its caller is told. It ends when its caller goes away.
class Run {
 public:
  void run(const detect::ReplayRooms& rooms, const detect::ReplayQuestion& question,
           const std::function<bool()>& wanted) {
    auto report = detect::replay(rooms, question, [&](std::uint64_t done, std::uint64_t total) {
      done_ = done;
      total_ = total;
      return wanted();
    });
    json::Object line;
    if (report) {
      line["report"] = json::from(*report);
    } else {
      line["error"] = json::Object{{"reason", report.error().reason}, {"detail", report.error().text()}};
    }
    progress_.end(line);
  }

  std::optional<std::string> line() {
    return progress_.line([this] { return json::Object{{"done", done_.load()}, {"total", total_.load()}}; });
  }

 private:
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> total_{0};
  Progress progress_;
};

}  // namespace

Result<net::HttpResponse> get_detection(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  const auto tuning = house.detection.tuning(fleet);
  DetectionView out{.fleet = fleet,
                    .enabled = house.detection.options().enabled,
                    .page_risk = tuning.page_risk,
                    .ticket_risk = tuning.ticket_risk,
                    .page_budget = tuning.page_budget};
  out.behind = house.ledger.durable(fleet).value_or(0);  // of a fleet that it has not come to yet
  for (const auto& status : house.detection.status()) {
    if (status.fleet != fleet) continue;
    out.entry = status.next;
    out.behind = status.behind;
    out.devices = status.devices;
    out.state_bytes = status.state_bytes;
    out.pages = status.pages;
    out.tickets = status.tickets;
    out.snapshot_entry = status.snapshot_entry;
    out.snapshot_at = status.snapshot_at;
    out.snapshot_bytes = status.snapshot_bytes;
    if (!status.problem.empty()) out.problem = status.problem;
    for (const auto& [check, count] : status.by_check) out.checks.push_back({slug_of(check), count});
  }
  if (auto problem = house.detection.problem(fleet); !problem.empty()) out.problem = problem;
  std::ranges::sort(out.checks, std::greater{}, &CheckCount::findings);
  return answer(json::from(out));
}

Result<net::HttpResponse> get_detection_checks(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  const auto tuning = house.detection.tuning(fleet);
  json::Array items;
  for (const auto& check : detect::checks()) {
    const auto& threat = detect::info(check.threat);
    CheckView out{.check = std::string(check.slug),
                  .family = boost::describe::enum_to_string(check.family, "?"),
                  .threat = std::string(threat.slug),
                  .techniques = {threat.techniques.begin(), threat.techniques.end()},
                  .proof = check.proof,
                  .summary = std::string(check.summary)};
    for (const auto& [key, dial] : tuning.dials)
      if (key.first == check.id) out.dials.push_back({key.second, dial.enabled, dial.factor});
    items.push_back(json::from(out));
  }
  return answer_list(std::move(items));
}

Result<net::HttpResponse> post_detection_tune(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto wanted, call.body<WantedTuning>());
  CHECK(house.registry.fleet(fleet));
  CHECK(check_text("reason", wanted.reason, fleet::why_bytes_max));
  const DetectionChange change{wanted.what, wanted.profile, wanted.enabled, wanted.factor};
  TRY(auto fact, detection_change(house, fleet, change));
  fact.reason = wanted.reason;
  fact.by = call.by();
  json::Object out = json::from(fact).as_object();
  const bool dry_run = wanted.dry_run.value_or(false);
  if (!dry_run) {
    const ledger::Subject subject{ledger::SubjectKind::fleet, fleet.value};
    TRY(const auto entry, house.ledger.append_and_wait(ledger::draft_of(fleet, subject, fact)));
    out["entry"] = entry;
  }
  out["dry_run"] = dry_run;
  return answer(out);
}

Result<net::HttpResponse> post_detection_replay(const House& house, const Call& call, Workers& workers) {
  detect::ReplayQuestion question;
  TRY(question.fleet, call.fleet());
  TRY(const auto wanted, call.body<WantedReplay>());
  CHECK(house.registry.fleet(question.fleet));
  TRY(question.since, parse_moment(wanted.since, call.now()));
  question.until = call.now();
  if (wanted.until) {
    TRY(question.until, parse_moment(*wanted.until, call.now()));
  }
  if (question.since >= question.until)
    return fail(Errc::malformed, "bad-range", "'since' must be before 'until', and in the past");
  TRY(question.checks, checks_of(wanted.checks.value_or(std::vector<std::string>{})));
  if (wanted.change) {
    TRY(question.change, detection_change(house, question.fleet, *wanted.change));
  }
  auto pass = workers.replay.enter();
  if (!pass)
    return fail(Errc::overloaded, "replay-running", "a replay is running already; try again when it has ended");
  auto run = std::make_shared<Run>();
  const auto listener = std::make_shared<int>(0);  // goes with whoever asks for lines
  const detect::ReplayRooms rooms{house.ledger, house.detection.contracts(), house.detection.options().directory};
  workers.start(
      [run, rooms, question, stopping = house.stopping, heard = std::weak_ptr<int>(listener), pass = std::move(pass)] {
        run->run(rooms, question, [&] { return !heard.expired() && !stopping(); });
      });
  Pieces lines = [run, listener]() -> Result<std::optional<std::string>> { return run->line(); };
  return stream_of(std::move(lines), "application/x-ndjson", workers);
}

}  // namespace outrider::api
