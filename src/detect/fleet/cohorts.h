#pragma once
// Who showed the same lately, and which of them are one incident.
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/engine/finding.h"
#include "detect/fleet/sharing.h"

namespace outrider::detect {

// Many devices, one cause: open while members keep coming.
struct Incident {
  Trait trait = Trait::area;
  Finding example;    // that completed it; says threat, place and what they share
  std::string alert;  // id
  double first_s = 0, last_s = 0;
  Level level = Level::none;    // as said last
  Level highest = Level::none;  // of a member by itself
  bool proof = false;           // of a member
  float risk = 0;               // the largest of a member
  double joint_risk = 0;        // of all: devices are independent of each other
  std::uint32_t joint_families = 0;
  std::uint32_t said = 0;                            // members when it was said last
  std::array<std::uint32_t, family_count> speaks{};  // members for whom that family speaks
  std::set<std::uint32_t> members;
  std::vector<std::uint32_t> unsaid;  // members that were not named yet
  bool over = false;                  // it ends with the entry at hand
};

class Cohorts {
 public:
  // Of one threat: what is older leaves sooner.
  static constexpr std::size_t findings_max = 1024;
  static constexpr std::size_t incidents_max = 64;
  static constexpr std::size_t members_max = 20'000;

  // Remembers the finding and forgets what is too old.
  void note(const Finding& finding);
  // The open incident it fits into; nullptr: none.
  Incident* incident_of(const Finding& finding);
  // Those it would be an incident with, itself included, oldest first; empty: too few, or no more than usual.
  std::vector<Finding> cohort_of(const Finding& finding, Trait& trait) const;
  // The oldest, taken out because there may be no more; before begin().
  std::optional<Incident> make_room();
  Incident& begin(const Finding& finding, Trait trait, std::string alert);
  // Whether that is worth a look: a new member, a higher level, or the first proof. A member of old is one still.
  static bool join(Incident& incident, const Finding& finding);
  // Families that speak for at least half of the members.
  static bool is_common(const Incident& incident, Family family);
  // Its findings, and what it lent to incidents; those it was the example of are over.
  void forget(std::uint32_t device);
  // All incidents are over; what is usual stays.
  void end_all(double now_s);
  // The incident of that alert is to be said as if for the first time.
  void unsaid(std::string_view alert);
  // Incidents without a new member for too long, taken out.
  std::vector<Incident> close(double now_s);
  std::size_t open() const { return incidents_.size(); }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  // Findings of one threat.
  struct Recent {
    std::deque<Finding> findings;  // of each device the newest
    double usual = 0;              // findings a second, over a day
    double usual_s = 0;            // when that was
  };
  double usual_in_window(const Recent& recent, double now_s) const;

  std::map<Threat, Recent> recent_;
  std::deque<Incident> incidents_;
};

}  // namespace outrider::detect
