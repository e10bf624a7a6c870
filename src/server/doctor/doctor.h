#pragma once
// Looks an installation over and says what is wrong with it, why that matters and what helps. Works while the server
// runs and while it does not; changes nothing.
//
// One row of checks() a check; each is a small function that looks at the patient and reports what it finds. A check
// that cannot look says that as a finding, so silence always means "looked, and found nothing".
#include <boost/describe.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/core/glance.h"
#include "server/config/config.h"
#include "server/doctor/vitals.h"
#include "server/server.h"
#include "server/start/data_directory.h"

namespace outrider::server::doctor {

enum class Severity : std::uint8_t {
  note,     // worth knowing
  warning,  // works today; see to it
  problem,  // something does not work, or is not safe
};
BOOST_DESCRIBE_ENUM(Severity, note, warning, problem)

struct Finding {
  Severity severity = Severity::note;
  std::string check;   // the row that found it
  std::string what;    // names the thing
  std::string why;     // why it matters
  std::string remedy;  // a command or a sentence
  bool operator==(const Finding&) const = default;
};
BOOST_DESCRIBE_STRUCT(Finding, (), (severity, check, what, why, remedy))

// Everything a check may look at.
struct Patient {
  LoadedConfig settings;
  DataPaths paths;
  Vitals vitals;
  Result<ledger::Glance> ledger;
  std::optional<Addresses> running;  // the server on this data directory, if one is
  bool deep = false;                 // read everything: the whole ledger, every page of the database

  const Config& config() const { return settings.config; }
};
// Takes the vitals of this machine and looks for a running server.
Patient examine(LoadedConfig settings, bool deep);

// Where a check puts what it finds.
class Findings {
 public:
  explicit Findings(std::string_view check) : check_(check) {}
  void note(std::string what, std::string why, std::string remedy) {
    add(Severity::note, std::move(what), std::move(why), std::move(remedy));
  }
  void warning(std::string what, std::string why, std::string remedy) {
    add(Severity::warning, std::move(what), std::move(why), std::move(remedy));
  }
  void problem(std::string what, std::string why, std::string remedy) {
    add(Severity::problem, std::move(what), std::move(why), std::move(remedy));
  }
  std::vector<Finding> take() && { return std::move(found_); }

 private:
  void add(Severity severity, std::string what, std::string why, std::string remedy) {
    found_.push_back({severity, std::string(check_), std::move(what), std::move(why), std::move(remedy)});
  }
  std::string_view check_;
  std::vector<Finding> found_;
};

struct Check {
  std::string_view name;  // "disk"
  std::string_view looks_at;
  void (*run)(const Patient&, Findings&) = nullptr;
};
std::span<const Check> checks();

struct Diagnosis {
  std::vector<Finding> findings;  // the worst first
  std::size_t count(Severity severity) const;
};
// Runs every check, or those whose name is `only`.
Diagnosis diagnose(const Patient& patient, std::string_view only = {});

}  // namespace outrider::server::doctor
