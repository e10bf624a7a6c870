// A played scenario for people.
#include <fmt/format.h>

#include "sim/breach/breach.h"

namespace outrider::sim {
namespace {

constexpr std::size_t moments_max = 80;  // all are in the JSON
constexpr std::size_t moment_columns = 150;

std::string time_of(const std::optional<double>& after) {
  return after ? fmt::format("{:.1f} s", *after) : "-";
}

// What has begun is told again when it is done, and an alert that grows has been told before.
bool says_no_more(const Moment& moment) {
  return moment.what.starts_with("response.started") || moment.what.starts_with("alert.grown");
}

std::string timeline(const BreachReport& report) {
  std::string out = "Timeline\n";
  std::size_t shown = 0, left_out = 0;
  for (const Moment& moment : report.timeline) {
    if (shown == moments_max || says_no_more(moment)) {
      ++left_out;
      continue;
    }
    ++shown;
    out += fmt::format("{:8.1f} s  {}{}\n", moment.at_s, shortened(moment.what, moment_columns),
                       moment.entry ? fmt::format("  [entry {}]", *moment.entry) : "");
  }
  if (left_out > 0) out += fmt::format("            {} more are in the JSON (--json)\n", left_out);
  return out;
}

void add(std::string& list, const std::string& what) {
  list += (list.empty() ? "" : "; ") + what;
}

std::string how(const Verdict& step) {
  std::string out;
  for (const Answer& answer : step.answers) add(out, fmt::format("{} ({})", answer.reason, answer.count));
  if (step.detected_as) add(out, *step.detected_as);
  if (step.paged_after_s) add(out, "paged");
  if (step.contained_by) add(out, *step.contained_by);
  if (step.devices > 1 && step.expect != Expect::quiet)
    add(out, fmt::format("{} of {} devices named", step.found, step.devices));
  if (step.expect == Expect::quiet) add(out, fmt::format("{} pages, {} tickets", step.pages, step.tickets));
  if (step.expect != Expect::quiet && step.pages_elsewhere > 0)
    add(out, fmt::format("{} pages about others", step.pages_elsewhere));
  return step.held ? out : "NOT HELD: " + out;
}

}  // namespace

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return std::string(text.substr(0, most)) + "…";
}

std::string to_text(const BreachReport& report) {
  std::string out = fmt::format("{}: {} ({} devices)\n\n", report.scenario, report.title, report.devices);
  out += timeline(report);
  out += fmt::format("\n{:<22} {:>9} {:>9} {:>10} {:>10}  {:<16} {}\n", "step", "refused", "attempts", "detected",
                     "contained", "entries", "how");
  for (const Verdict& step : report.steps) {
    std::string entries;
    for (const auto entry : step.entries) entries += (entries.empty() ? "" : " ") + std::to_string(entry);
    const bool tried = step.attempts > 0;
    out += fmt::format("{:<22} {:>9} {:>9} {:>10} {:>10}  {:<16} {}\n", step.step,
                       tried ? std::to_string(step.refused) : "-", tried ? std::to_string(step.attempts) : "-",
                       time_of(step.detected_after_s), time_of(step.contained_after_s), entries, how(step));
  }
  out += "\n";
  if (report.impersonations > 0)
    out += fmt::format("In the name of others: {} tried, {} accepted.\n", report.impersonations,
                       report.impersonations_accepted);
  return out + (report.held ? "Of every step came what has to come of it, in time.\n"
                            : "NOT every step was answered as it has to be, in time.\n");
}

}  // namespace outrider::sim
