#pragma once
// Responding in one fleet. Follows its ledger, decides what is due, records the intent, does it, records the outcome.
//
// Crash rule: an intent without an outcome that this process did not begin was left behind by an earlier one. A change
// of a device's state is finished, for doing it twice is doing it once. A notification that may have arrived is sent at
// most once more and under the same id. A command or an actuation is not repeated: its outcome is `unknown`, and a
// person decides.
//
// Threads: all members from any thread; one at a time is inside. Nothing of it is called back by what it calls.
#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.h"
#include "respond/act/hands.h"
#include "respond/act/judge.h"
#include "respond/book/book.h"
#include "respond/notify/courier.h"

namespace outrider::respond {

// What a playbook would do about an alert.
struct Rehearsal {
  std::uint64_t step = 0;
  std::string action;
  std::string verdict;  // observe, propose, act, nothing
  std::string because;  // why not more: mode, limit, share, stale, trigger, profile, done
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(Rehearsal, (), (step, action, verdict, because, detail))

class Desk {
 public:
  struct Rooms {
    ledger::Ledger& ledger;
    Hands& hands;
    Courier& courier;
    const Clock& clock;
    Brakes brakes;
  };
  Desk(Rooms rooms, FleetId fleet, Book book);
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  // Applies every entry that is durable now.
  Result<void> follow();
  // Decides and does what is due, the most urgent first, and no more than fits into a moment: the rest is for the next
  // call. What fails does not keep the others from happening; the first error is returned.
  Result<void> advance();
  // The courier's answer.
  void delivered(const std::string& response, const Posted& posted);

  // What people decide. `by` is the token's name or the local user. Reasons: unknown-…, wrong-state, already-approved,
  // same-person, no-reason, too-long, bad-text, and those of playbooks.
  Result<Playbook> add_playbook(std::string_view toml, std::string_view file, const std::string& by, bool dry_run);
  Result<void> remove_playbook(const std::string& id, const std::string& why, const std::string& by, bool dry_run);
  Result<Response> decide(const std::string& response, bool approved, const std::string& why, const std::string& by,
                          bool dry_run);
  Result<Response> release(const std::string& response, const std::string& why, const std::string& by, bool dry_run);
  Result<Actuation> decide_actuation(const std::string& actuation, bool approved, const std::string& why,
                                     const std::string& by, bool dry_run);
  Result<std::vector<Rehearsal>> rehearse(const Playbook& playbook, const std::string& alert);

  // Looks at the book as of every entry that is durable now.
  template <class F>
  auto look(F&& question) -> Result<decltype(question(std::declval<const Book&>()))> {
    const std::lock_guard lock(mutex_);
    CHECK(read_on());
    return question(static_cast<const Book&>(book_));
  }
  std::uint64_t next() const {
    const std::lock_guard lock(mutex_);
    return book_.next();
  }
  // Proposals that wait for people.
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count_if(book_.responses(), [](const auto& row) { return row.second.state == State::proposed; }));
  }
  // As it is now, to be written down without holding anybody up.
  Book copy() const {
    const std::lock_guard lock(mutex_);
    return book_;
  }

 private:
  class Round;
  // With the lock held, all of these:
  Result<void> read_on();
  // Appends, waits until it is durable, and applies it.
  template <class Fact>
  Result<std::uint64_t> say(const std::string& device, const Fact& fact);
  Verdict judge_now(const Step& step, Timestamp at) const;
  Result<bool> meant(const Wanted& wanted, const std::string& device) const;
  void do_what_is_due(Round& round);
  Result<void> settle(const Wanted& wanted);
  Result<void> begin(const Response& response, bool automatic);
  Result<void> perform(const Response& response);
  Result<void> change(const Response& response);
  Result<void> command(const Response& response);
  Result<void> finish(const Response& response, facts::ResponseOutcome outcome, std::string detail,
                      std::uint64_t tries = 1);
  Result<void> say_outcome(const std::string& response, const facts::ResponseDone& fact);
  std::string message_of(const Response& response) const;
  Letter letter_of(const Response& response) const;
  Result<void> hand_over(const Response& response);
  bool due_again_now(const Response& response) const;
  Result<void> try_again(const Response& response);
  Result<void> withdraw(const Response& response);
  std::string why_over(const Response& response) const;
  Result<void> undo(const Response& response);
  bool left_behind(const Response& response) const;
  Result<void> end(const Response& response);
  Result<void> check_person(const Response& response, const std::string& by) const;
  template <class Row>
  Result<Row> as_it_is(const Row* row) const;
  Result<void> settle(const Actuation& row);
  Result<void> hold(const Actuation& row, std::string because, std::string detail);
  Result<void> send(const Actuation& row);
  Result<void> say_outcome(const facts::ActuationSent& fact);

  const Rooms rooms_;
  const FleetId fleet_;
  mutable std::mutex mutex_;
  Book book_;
  std::set<std::string> with_courier_;
  // What was done when its outcome could not be written, by response and by actuation.
  std::map<std::string, facts::ResponseDone> unsaid_;
  std::map<std::string, facts::ActuationSent> unsaid_sent_;
  std::uint64_t settled_ = 0;  // changes of the book that advance() has seen
  Timestamp looked_;           // when it last did: some things come by time alone
};

// Text of a person that stands in entries: reasons no-reason, too-long, bad-text.
Result<void> check_why(std::string_view why);

}  // namespace outrider::respond
