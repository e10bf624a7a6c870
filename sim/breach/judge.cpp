#include "sim/breach/judge.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrider::sim {
namespace {

bool is_alert(const Seen& seen) {
  return seen.kind == "alert.raised" || seen.kind == "alert.grown";
}

template <class Among>
bool is_about(const Seen& seen, const Among& devices) {
  const auto among = [&](const std::string& device) { return std::ranges::find(devices, device) != devices.end(); };
  return among(seen.device) || std::ranges::any_of(seen.devices, among);
}

bool within(const std::optional<double>& after, std::chrono::milliseconds limit) {
  return after && *after <= std::chrono::duration<double>(limit).count();
}

}  // namespace

bool shuts_out(const Seen& seen) {
  if (seen.kind == "identity.revoked") return true;
  static const std::set<std::string_view> states{"quarantined", "lost", "stolen", "retired"};
  return seen.kind == "device.state-changed" && states.contains(seen.text);
}

bool contains(const Seen& seen, Attack attack) {
  if (shuts_out(seen)) return true;
  return befalls(attack) && seen.kind == "response.done" && seen.text == "hold_actuation";
}

void judge(std::span<const Seen> seen, const Scope& scope, const std::map<std::string, Seen>& contained,
           Verdict& verdict) {
  const auto& detect = scope.step.detect;
  std::set<std::string> found;
  for (const Seen& one : seen) {
    if (one.at < scope.began) continue;
    const double after = std::chrono::duration<double>(one.at - scope.began).count();
    const bool about = is_about(one, scope.victims);
    if (is_alert(one)) {
      const bool page = one.level == "page";
      ++(page ? verdict.pages : verdict.tickets);
      if (page && !is_about(one, scope.touched)) ++verdict.pages_elsewhere;
    }
    if (!about) continue;
    if (is_alert(one) && (detect.empty() || std::ranges::find(detect, one.threat) != detect.end())) {
      found.insert(one.device);
      found.insert(one.devices.begin(), one.devices.end());
      if (!verdict.detected_after_s) {
        verdict.detected_after_s = after;
        verdict.detected_as = one.threat;
        verdict.entries.push_back(one.entry);
      }
      if (one.level == "page" && !verdict.paged_after_s) {
        verdict.paged_after_s = after;
        if (verdict.entries.back() != one.entry) verdict.entries.push_back(one.entry);
      }
    }
    if (contains(one, scope.step.attack) && !verdict.contained_after_s) {
      verdict.contained_after_s = after;
      verdict.contained_by = one.kind + (one.text.empty() ? "" : " " + one.text);
      verdict.entries.push_back(one.entry);
    }
  }
  verdict.found = static_cast<std::uint64_t>(
      std::ranges::count_if(scope.victims, [&](const std::string& device) { return found.contains(device); }));
  if (const auto before = contained.find(verdict.victim);
      !verdict.contained_after_s && before != contained.end() && before->second.at < scope.began) {
    verdict.contained_after_s = 0;
    verdict.contained_by = "already " + before->second.text;
    verdict.entries.push_back(before->second.entry);
  }
}

bool refused_altogether(const Verdict& verdict) {
  return verdict.attempts > 0 && verdict.accepted == 0;
}

bool enough(const Verdict& verdict) {
  switch (verdict.expect) {
    case Expect::contained:
      return verdict.detected_after_s && (refused_altogether(verdict) || verdict.contained_after_s);
    case Expect::paged:
      return verdict.paged_after_s.has_value();
    case Expect::noticed:
      return verdict.detected_after_s.has_value();
    case Expect::quiet:
      return false;
  }
  return false;
}

bool held(const Scope& scope, const Verdict& verdict) {
  const bool detected = within(verdict.detected_after_s, scope.limits.detect_within);
  switch (verdict.expect) {
    case Expect::contained:
      return refused_altogether(verdict) ||
             (!verdict.impersonation && detected && within(verdict.contained_after_s, scope.limits.contain_within));
    case Expect::paged:
      return within(verdict.paged_after_s, scope.limits.detect_within);
    case Expect::noticed:
      return detected;
    case Expect::quiet:
      return verdict.pages == 0;
  }
  return false;
}

std::string in_short(const Verdict& verdict) {
  std::string out = verdict.held ? "held" : "NOT HELD";
  if (verdict.attempts > 0) out += fmt::format(": {} of {} refused", verdict.refused, verdict.attempts);
  if (verdict.detected_as) out += ", detected as " + *verdict.detected_as;
  if (verdict.contained_by) out += ", " + *verdict.contained_by;
  if (verdict.expect == Expect::quiet || verdict.pages_elsewhere > 0)
    out += fmt::format(", {} pages, {} tickets", verdict.pages, verdict.tickets);
  return out;
}

}  // namespace outrider::sim
