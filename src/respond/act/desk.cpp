// What is due, and how far it may go.
#include "respond/act/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "respond/act/say.h"

namespace outrider::respond {
namespace {

constexpr std::size_t batch_entries = 1'000;
constexpr std::chrono::milliseconds look_interval{200};
// What a round does at most: a hundred and fifty syncs of the disk, well below the second within which a device is to
// be restricted that somebody calls for meanwhile.
constexpr std::size_t round_deeds_max = 64;
// After so many something is wrong that does not concern one response alone.
constexpr std::size_t round_failures_max = 16;

// What restricts a device or holds what acts on its word, before what is said to people.
bool urgent(const Wanted& wanted) {
  return wanted.step.mode == Mode::act && wanted.step.action != ResponseAction::notify;
}

}  // namespace

// What one call of advance() does.
class Desk::Round {
 public:
  bool over() const { return deeds_ >= round_deeds_max || failures_ >= round_failures_max; }
  void note(const Result<void>& outcome) {
    outcome ? ++deeds_ : ++failures_;
    if (!outcome && !first_) first_ = outcome.error();
  }
  // Does `deed` to the rows that are `due`, as far as the round goes.
  template <class Map, class Due, class Deed>
  void each(const Map& map, Due due, Deed deed) {
    std::vector<typename Map::mapped_type> rows;  // the deed changes what it runs over
    for (auto at = map.begin(); at != map.end() && rows.size() < round_deeds_max; ++at)
      if (due(at->second)) rows.push_back(at->second);
    for (const auto& row : rows) {
      if (over()) return;
      note(deed(row));
    }
  }
  Result<void> outcome() const { return first_ ? Result<void>(std::unexpected(*first_)) : Result<void>(); }

 private:
  std::size_t deeds_ = 0;
  std::size_t failures_ = 0;
  std::optional<Error> first_;
};

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
  Round round;
  do_what_is_due(round);
  if (!round.over()) settled_ = seen;
  looked_ = now;
  return round.outcome();
}

void Desk::do_what_is_due(Round& round) {
  const auto in = [](State state) { return [state](const Response& row) { return row.state == state; }; };
  const auto& responses = book_.responses();
  for (auto left = unsaid_; const auto& [id, fact] : left)
    if (!round.over()) round.note(say_outcome(id, fact));
  for (auto left = unsaid_sent_; const auto& [id, fact] : left)
    if (!round.over()) round.note(say_outcome(fact));
  round.each(book_.wanted(), urgent, [&](const Wanted& row) { return settle(row); });
  round.each(
      responses, [&](const Response& row) { return left_behind(row); }, [&](const Response& row) { return end(row); });
  round.each(
      responses,
      [&](const Response& row) {
        const AlertRow* const alert = book_.alert(row.alert);
        return (row.state == State::proposed || row.state == State::approved) && alert != nullptr && alert->resolved &&
               *alert->resolved != facts::AlertOutcome::true_alarm;
      },
      [&](const Response& row) { return withdraw(row); });
  round.each(responses, in(State::approved), [&](const Response& row) { return begin(row, false); });
  round.each(
      responses,
      [&](const Response& row) {
        return row.state == State::done && releasable(row.step.action) && book_.in_force(row) && !why_over(row).empty();
      },
      [&](const Response& row) -> Result<void> {
        TRY(const auto said,
            say(row.device, facts::ResponseReleased{
                                .response = row.response, .why = why_over(row), .by = playbook_name(row.playbook)}));
        static_cast<void>(said);
        return {};
      });
  round.each(responses, in(State::releasing), [&](const Response& row) { return undo(row); });
  round.each(book_.wanted(), [](const Wanted&) { return true; }, [&](const Wanted& row) { return settle(row); });
  round.each(
      responses, [&](const Response& row) { return due_again_now(row); },
      [&](const Response& row) { return try_again(row); });
  round.each(
      book_.actuations(),
      [](const Actuation& row) {
        return row.state == ActuationState::wanted || row.state == ActuationState::approved ||
               row.state == ActuationState::sending;
      },
      [&](const Actuation& row) { return settle(row); });
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
  if (alert == nullptr) book_.dismiss(wanted.response);
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
    } else if (before != nullptr && !book_.due_again(*before)) {
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
