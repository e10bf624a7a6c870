#pragma once
// A scenario played against a running server: an ordinary fleet lives, an attacker does its steps, and what the server
// refused, noticed and did about it is read from its ledger.
#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/breach/scenario.h"
#include "sim/run/settings.h"

namespace outrider::sim {

struct BreachSettings {
  RunSettings fleet;  // the ordinary devices: who they are and where the server is
  Scenario scenario;
  std::string api;  // URL
  std::filesystem::path token_file;
  bool json = false;
};

struct Answer {
  std::string reason;
  std::uint64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(Answer, (), (reason, count))

// One step of the attacker and what came of it.
struct Verdict {
  std::string step;
  std::string title;
  std::string victim;         // whose keys were used, or the first whom it befell
  std::uint64_t devices = 1;  // whom it concerned
  Expect expect = Expect::contained;
  double began_s = 0;  // since the scenario began
  std::uint64_t attempts = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  std::vector<Answer> answers;
  bool impersonation = false;               // in the name of others: not one may be accepted
  std::optional<double> detected_after_s;   // since the step began
  std::optional<std::string> detected_as;   // threat
  std::optional<double> contained_after_s;  // since the step began
  std::optional<std::string> contained_by;
  std::optional<double> paged_after_s;  // since the step began
  std::uint64_t found = 0;              // of the devices: alerts that name them
  std::uint64_t pages = 0;              // all of the fleet, while it went on
  std::uint64_t pages_elsewhere = 0;    // of these, about devices that nothing was done to
  std::uint64_t tickets = 0;
  std::vector<std::uint64_t> entries;  // of the ledger, that show it
  bool held = false;                   // what was expected came of it, in time
};
BOOST_DESCRIBE_STRUCT(Verdict, (),
                      (step, title, victim, devices, expect, began_s, attempts, accepted, refused, answers,
                       impersonation, detected_after_s, detected_as, contained_after_s, contained_by, paged_after_s,
                       found, pages, pages_elsewhere, tickets, entries, held))

struct Moment {
  double at_s = 0;
  std::string what;
  std::optional<std::uint64_t> entry;
};
BOOST_DESCRIBE_STRUCT(Moment, (), (at_s, what, entry))

struct BreachReport {
  std::string scenario;
  std::string title;
  std::uint64_t devices = 0;
  std::vector<Verdict> steps;
  std::vector<Moment> timeline;
  std::uint64_t impersonations = 0;  // tried
  std::uint64_t impersonations_accepted = 0;
  bool held = false;
};
BOOST_DESCRIBE_STRUCT(BreachReport, (),
                      (scenario, title, devices, steps, timeline, impersonations, impersonations_accepted, held))

// Plays it to its end; takes over SIGINT and SIGTERM. Progress goes to standard error.
Result<BreachReport> play_breach(BreachSettings settings);

// The timeline and the table, for people.
std::string to_text(const BreachReport& report);
// At most so many bytes of UTF-8, cut between characters.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace outrider::sim
