#pragma once
// The second opinion of the whole fleet on findings: cohort veto, incidents, false discovery control, the page budget,
// suppressions and maintenance. What passes becomes the facts alert.raised and alert.grown (facts/alerts.h).
// Deterministic like the engine, and saved in the same snapshot.
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/engine/engine.h"
#include "detect/engine/finding.h"
#include "detect/fleet/cohorts.h"
#include "detect/fleet/excuses.h"
#include "detect/fleet/page_gate.h"
#include "detect/fleet/standing.h"
#include "facts/alerts.h"
#include "ledger/entry.h"

namespace outrider::detect {

struct Conclusions {
  std::vector<facts::AlertRaised> raised;
  std::vector<facts::AlertGrown> grown;
};

class FleetStage {
 public:
  // How long a finding waits for others like it: a ticket has time, a page has not, a proof does not wait.
  static constexpr double ticket_waits_s = 60;
  static constexpr double page_waits_s = 5;
  static constexpr std::size_t held_max = 4096;   // beyond it the oldest waits no longer
  static constexpr std::size_t listed_max = 100;  // devices in one entry

  explicit FleetStage(FleetId fleet) : fleet_(std::move(fleet)) {}
  // An entry of an alert's life, a suppression, maintenance; others are passed over. Called for every entry, in ledger
  // order, before its findings.
  void apply(const ledger::Entry& entry);
  // Findings of one entry. May hold some back until the cohort is clear (at most 60 s of engine time for what is not
  // proof) and says them in a later call.
  void conclude(const Engine& engine, double now_s, std::vector<Finding>& findings, Conclusions& conclusions);
  // Nothing that the device said is known any more.
  void forget(std::uint32_t device);
  // The clock was put back: what waited is due, and who came together lately is not known any more.
  void begin_again(double now_s);
  // What was concluded under this id was never said and never will be (live/follower.h): say it when it grows.
  void unsaid(std::string_view alert);
  // When the next finding that is held back is to be said; an entry after that time makes it so.
  std::optional<double> due_s() const;

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  struct Held {
    Finding finding;
    double until_s = 0;
  };
  struct Saying {  // what one call works with
    const Engine& engine;
    Conclusions& out;
  };
  // A level that may be said, and why it is lower than the finding's.
  struct Judged {
    Level level = Level::none;
    std::string_view remark;
  };

  void hear(const Saying& to, Finding finding);
  bool gather(const Saying& to, const Finding& finding);
  void hold(const Saying& to, const Finding& finding);
  void release(const Saying& to, double now_s);
  void raise(const Saying& to, const Finding& finding, const Incident* incident);
  void grow(const Saying& to, Raised& raised, const Finding& finding);
  void end(const Saying& to, Incident& incident);
  enum class Occasion : std::uint8_t { member, over };
  void say_incident(const Saying& to, Incident& incident, std::uint64_t cause, Occasion occasion);
  Judged judge(const Finding& finding, const Engine& engine);
  std::uint64_t id_of(std::string_view device, Threat threat, std::uint64_t cause) const;

  FleetId fleet_;
  Excuses excuses_;
  Cohorts cohorts_;
  StandingAlerts standing_;
  PageGate gate_;
  std::vector<Held> held_;  // oldest first
};

}  // namespace outrider::detect
