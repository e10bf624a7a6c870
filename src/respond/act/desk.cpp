// What is due, and how far it may go.
#include "respond/act/desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "respond/act/say.h"

namespace outrider::respond {
namespace {

constexpr std::size_t batch_entries = 1'000;
constexpr std::chrono::milliseconds look_interval{200};

// For loops that change what they run over.
template <class Map, class Keep>
auto picked(const Map& map, Keep keep) {
  std::vector<typename Map::mapped_type> out;
  for (const auto& [id, row] : map)
    if (keep(row)) out.push_back(row);
  return out;
}

}  // namespace

Desk::Desk(Rooms rooms, FleetId fleet, Book book)
    : rooms_(std::move(rooms)), fleet_(std::move(fleet)), book_(std::move(book)) {}

Result<void> Desk::follow() {
  const std::lock_guard lock(mutex_);
  return read_on();
}

Result<void> Desk::read_on() {
  for (;;) {
    TRY(const auto entries, rooms_.ledger.read(fleet_, book_.next(), batch_entries));
    if (entries.empty()) return {};
    for (const auto& entry : entries) {
      if (entry.number != book_.next())
        return fail(
            Errc::corrupt, "entry-missing",
            fmt::format("fleet {}: expected entry {}, the ledger gave {}", fleet_.value, book_.next(), entry.number));
      book_.apply(entry);
    }
  }
}

Result<void> Desk::advance() {
  const std::lock_guard lock(mutex_);
  CHECK(read_on());
  // Ledgers grow a thousand times a second, and hardly ever by something for us.
  const Timestamp now = rooms_.clock.now();
  const bool early = now >= looked_ && now - looked_ < look_interval;  // a clock that was set back is no reason to wait
  if (book_.changes() == settled_ && early) return {};
  const std::uint64_t seen = book_.changes();
  for (const Wanted& wanted : picked(book_.wanted(), [](const auto&) { return true; })) CHECK(settle(wanted));
  CHECK(withdraw());
  for (const Response& response :
       picked(book_.responses(), [](const Response& row) { return row.state == State::approved; }))
    CHECK(begin(response, false));
  // What failed for now (a full disk), or was interrupted: doing it again is doing it once.
  for (const Response& response : picked(book_.responses(), [](const Response& row) {
         return row.state == State::started &&
                (changes_state(row.step.action) || row.step.action == ResponseAction::hold_actuation);
       }))
    CHECK(perform(response));
  CHECK(release_what_is_over());
  for (const Response& response :
       picked(book_.responses(), [](const Response& row) { return row.state == State::releasing; }))
    CHECK(undo(response));
  CHECK(actuate());
  settled_ = seen;
  looked_ = now;
  return {};
}

Verdict Desk::judge_now(const Step& step, Timestamp at) const {
  const Timestamp now = rooms_.clock.now();
  Circumstances around{.age = now - at};
  if (restricting(step.action)) {
    around.restricted_hour = book_.restricted_since(now - std::chrono::hours{1});
    around.restricted_now = book_.restricted_now();
    around.devices = rooms_.hands.device_count(fleet_);
  }
  return judge(step, rooms_.brakes, around);
}

// Whether the device is one that the playbook is for.
Result<bool> Desk::meant(const Wanted& wanted, const std::string& device) const {
  if (wanted.profiles.empty()) return true;
  if (device.empty()) return false;
  const auto known = rooms_.hands.device(fleet_, DeviceId(device));
  if (!known && known.error().code == Errc::not_found) return false;
  if (!known) return std::unexpected(known.error());
  return std::ranges::find(wanted.profiles, known->profile) != wanted.profiles.end();
}

Result<void> Desk::settle(const Wanted& wanted) {
  const AlertRow* const alert = book_.alert(wanted.alert);
  if (alert == nullptr || !book_.wanted().contains(wanted.response)) return {};
  const std::string device = alert->device;
  TRY(const bool for_it, meant(wanted, device));
  const Verdict verdict = judge_now(wanted.step, wanted.at);
  if (!for_it || !verdict.due) {
    book_.dismiss(wanted.response);
    return {};
  }
  const auto action = wanted.step.action;
  if (verdict.mode == Mode::observe) {
    TRY(const auto said, say(device, facts::ResponseDone{.response = wanted.response,
                                                         .outcome = facts::ResponseOutcome::observed,
                                                         .detail = would_sentence(action, device),
                                                         .playbook = wanted.playbook,
                                                         .step = wanted.number,
                                                         .action = action,
                                                         .alert = wanted.alert,
                                                         .device = device}));
    static_cast<void>(said);
    return {};
  }
  if (verdict.mode == Mode::propose) {
    TRY(const auto said, say(device, facts::ResponseProposed{.response = wanted.response,
                                                             .playbook = wanted.playbook,
                                                             .step = wanted.number,
                                                             .action = action,
                                                             .alert = wanted.alert,
                                                             .device = device,
                                                             .because = std::string(verdict.because),
                                                             .needs = irreversible(action) ? 2U : 1U,
                                                             .cause = wanted.cause}));
    static_cast<void>(said);
    return {};
  }
  return begin({.response = wanted.response,
                .playbook = wanted.playbook,
                .number = wanted.number,
                .step = wanted.step,
                .alert = wanted.alert,
                .device = device,
                .cause = wanted.cause},
               true);
}

// Proposals whose alert meant nothing.
Result<void> Desk::withdraw() {
  for (const Response& response : picked(book_.responses(), [](const Response& row) {
         return row.state == State::proposed || row.state == State::approved;
       })) {
    const AlertRow* const alert = book_.alert(response.alert);
    if (alert == nullptr || !alert->resolved || *alert->resolved == facts::AlertOutcome::true_alarm) continue;
    CHECK(finish(response, facts::ResponseOutcome::withdrawn,
                 *alert->resolved == facts::AlertOutcome::expected ? "its alert was resolved as expected"
                                                                   : "its alert was resolved as a false alarm"));
  }
  return {};
}

Result<void> Desk::release_what_is_over() {
  const auto why = [&](const Response& response) -> std::string {
    const auto playbook = book_.playbooks().find(response.playbook);
    const AlertRow* const alert = book_.alert(response.alert);
    if (playbook == book_.playbooks().end() || alert == nullptr) return {};
    const Release& release = playbook->second.release;
    if (alert->resolved) {
      if (release.when_false && *alert->resolved == facts::AlertOutcome::false_alarm)
        return "its alert was resolved as a false alarm";
      if (release.when_expected && *alert->resolved == facts::AlertOutcome::expected)
        return "its alert was resolved as expected";
      return {};
    }
    if (!release.quiet) return {};
    const Timestamp last = std::max(book_.last_alarm(response.device).value_or(alert->at), response.changed);
    if (rooms_.clock.now() - last < *release.quiet) return {};
    return fmt::format("nothing was said against it for {}", format_duration(*release.quiet));
  };
  for (const Response& response : picked(book_.responses(), [&](const Response& row) {
         return row.state == State::done && releasable(row.step.action) && book_.in_force(row);
       })) {
    const std::string because = why(response);
    if (because.empty()) continue;
    TRY(const auto said, say(response.device, facts::ResponseReleased{.response = response.response,
                                                                      .why = because,
                                                                      .by = "playbook:" + response.playbook}));
    static_cast<void>(said);
  }
  return {};
}

Result<std::vector<Rehearsal>> Desk::rehearse(const Playbook& playbook, const std::string& alert_id) {
  const std::lock_guard lock(mutex_);
  CHECK(read_on());
  const AlertRow* const alert = book_.alert(alert_id);
  if (alert == nullptr) return std::unexpected(unknown_alert(alert_id));
  const bool fits = Book::fits(playbook.trigger, *alert);
  TRY(const bool for_it, meant({.profiles = playbook.trigger.profiles}, alert->device));
  std::vector<Rehearsal> out;
  for (std::size_t i = 0; i < playbook.steps.size(); ++i) {
    const Step& step = playbook.steps[i];
    Rehearsal row{.step = i, .action = std::string(word_of(step.action)), .verdict = "nothing"};
    const Response* const before = book_.response(response_id(fleet_, alert_id, playbook.id, i));
    if (!fits || !for_it) {
      row.because = fits ? "profile" : "trigger";
      row.detail = fits ? "the device is of another profile" : "the alert is not what the trigger asks for";
    } else if (alert->device.empty() && step.action != ResponseAction::notify) {
      row.because = "incident";
      row.detail = "an incident of many devices: people are told, and nothing else is done";
    } else if (before != nullptr) {
      row.because = "done";
      row.detail = fmt::format("response {} is {} already", before->response,
                               boost::describe::enum_to_string(before->state, "?"));
    } else {
      const Verdict verdict = judge_now(step, rooms_.clock.now());
      row.verdict = boost::describe::enum_to_string(verdict.mode, "?");
      if (verdict.mode != Mode::act) row.because = verdict.because;
      row.detail = would_sentence(step.action, alert->device);
    }
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace outrider::respond
