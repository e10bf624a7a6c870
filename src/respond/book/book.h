#pragma once
// What one fleet's ledger says of responses: a projection in memory, made of entries alone. The same entries make the
// same book, so what a crash interrupted is found again: a step that is wanted and of which nothing was said, an intent
// without an outcome. Deciding and doing is the Responder's (responder.h).
//
// Bounded (Bounds), alerts and their responses together. The resolved and oldest go first, and those for whom
// something is under way or in force last (book_forget.cpp); the ledger keeps them all. One thread at a time.
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "facts/facts.h"
#include "ledger/entry.h"
#include "respond/actuate/watch.h"
#include "respond/book/rows.h"

namespace outrider::respond {

// How much of the past is in memory.
struct Bounds {
  std::size_t alerts = 20'000;
  std::size_t responses = 100'000;       // five steps for each alert
  std::size_t actuations = 100'000;      // one for each device of the largest fleet, at the same moment
  std::size_t ended_actuations = 5'000;  // that nothing is to be done about any more
};
// Begun automatically within an hour, of all sorts together: what a brake can count, and the most that
// respond.quarantines_per_hour may say.
inline constexpr std::size_t counted_max = 10'000;

class Book {
 public:
  explicit Book(FleetId fleet, const Bounds& bounds = {});

  // The next entry of the fleet, in order.
  void apply(const ledger::Entry& entry);
  std::uint64_t next() const { return next_; }
  // Grows with every entry that may call for something.
  std::uint64_t changes() const { return changes_; }

  const std::map<std::string, Playbook>& playbooks() const { return playbooks_; }
  const std::map<std::string, AlertRow>& alerts() const { return alerts_; }
  const std::map<std::string, Wanted>& wanted() const { return wanted_; }
  const std::map<std::string, Response>& responses() const { return responses_; }
  const std::map<std::string, Actuation>& actuations() const { return actuations_; }
  const AlertRow* alert(const std::string& id) const;
  const Response* response(const std::string& id) const;
  const Actuation* actuation(const std::string& id) const;

  // Whether the playbook's steps are for such an alert, but for the profile of its device.
  static bool fits(const Trigger& trigger, const AlertRow& alert);
  // Steps of the playbook that this alert calls for and that nothing was said of.
  std::vector<Wanted> called_for(const AlertRow& alert, const Playbook& playbook) const;
  // Looked at, and its devices are not the trigger's.
  void dismiss(const std::string& wanted) { wanted_.erase(wanted); }
  void dismiss_actuation(const std::string& actuation) { actuations_.erase(actuation); }

  // Its playbook released it, for example because it was quiet, and then its alert grew: the step is due again.
  bool due_again(const Response& response) const;

  // The device's state is as this response made it, and nobody has changed it since.
  bool in_force(const Response& response) const;
  // Automatic ones that keep devices from their work: begun since `since`, and in force now.
  std::size_t restricted_since(Timestamp since) const;
  std::size_t restricted_now() const;
  // How often the rule has acted on the device's word without asking, since then.
  std::size_t acted_since(const Actuation& row, Timestamp since) const;
  // Why nothing may act on the device's word: a standing alert against its position, sensors or identity, or a response
  // that holds actuation. Nothing: nothing is in the way.
  struct Doubt {
    std::string because;  // standing-alert, held
    std::string id;
  };
  std::optional<Doubt> doubt(const std::string& device) const;
  // When something was last said against the device.
  std::optional<Timestamp> last_alarm(const std::string& device) const;

  // The snapshot (book_snapshot.cpp). Errc::corrupt when it is damaged or of another format: begin at entry 0 then.
  std::string save() const;
  static Result<Book> load(FleetId fleet, std::string_view snapshot);

 private:
  void on(const facts::PlaybookAdded& fact, const ledger::Entry& entry);
  void on(const facts::PlaybookRemoved& fact, const ledger::Entry& entry);
  void on(const facts::AlertRaised& fact, const ledger::Entry& entry);
  void on(const facts::AlertGrown& fact, const ledger::Entry& entry);
  void on(const facts::AlertResolved& fact, const ledger::Entry& entry);
  void on(const facts::ResponseProposed& fact, const ledger::Entry& entry);
  void on(const facts::ResponseDecided& fact, const ledger::Entry& entry);
  void on(const facts::ResponseStarted& fact, const ledger::Entry& entry);
  void on(const facts::ResponseDone& fact, const ledger::Entry& entry);
  void on(const facts::ResponseReleased& fact, const ledger::Entry& entry);
  void on(const facts::ActuationHeld& fact, const ledger::Entry& entry);
  void on(const facts::ActuationDecided& fact, const ledger::Entry& entry);
  void on(const facts::ActuationSent& fact, const ledger::Entry& entry);
  void on(const facts::RouteAssigned& fact, const ledger::Entry& entry);
  void on(const facts::DeviceStateChanged& fact, const ledger::Entry& entry);
  void on(const facts::DeviceRetired& fact, const ledger::Entry& entry);
  void on_report(const ledger::Entry& entry);
  void look_for_rules();
  template <class Fact>
  void read(const ledger::Entry& entry);

  // The row that a fact is about, there from now on.
  template <class Fact>
  Response& row(const Fact& fact, const ledger::Entry& entry);
  template <class Fact>
  Actuation& actuation_row(const Fact& fact, const ledger::Entry& entry);
  void supersede(const Actuation& newer);
  void forget_actuations();
  void call(const AlertRow& alert);
  std::set<std::string> retract(const std::string& playbook);
  void set_state(const std::string& device, const std::vector<std::uint64_t>& cause);
  void index(const AlertRow& alert);
  void forget_some();
  void forget(const std::set<std::string>& alerts);

  FleetId fleet_;
  Bounds bounds_;
  std::uint64_t next_ = 0;
  std::uint64_t changes_ = 1;
  std::map<std::string, Playbook> playbooks_;
  std::set<std::string> removed_;  // built-in ones that are off
  std::map<std::string, AlertRow> alerts_;
  std::map<std::string, Wanted> wanted_;
  std::map<std::string, Response> responses_;
  std::map<std::string, Actuation> actuations_;
  Watch watch_;
  bool watching_ = false;                        // there is a rule: reports are looked at
  std::deque<Timestamp> restricted_;             // beginnings of automatic ones that restrict
  std::deque<Acted> acted_;                      // automatic actuation
  std::map<std::string, std::string> in_force_;  // device → the response that made its state what it is
  // Made of the above:
  std::map<std::string, std::set<std::string>> alerts_of_;  // device → its alerts that are not resolved
  std::map<std::string, std::set<std::string>> holds_;      // device → responses that hold its actuation
  std::map<std::uint64_t, std::string> intents_;  // entry → the response that it began, without an outcome yet
  std::map<std::string, std::string> held_;       // rule and device → what is held of them
  std::size_t forget_actuations_at_;
};

}  // namespace outrider::respond
