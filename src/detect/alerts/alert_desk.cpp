#include "detect/alerts/alert_desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "detect/fleet/excuses.h"

namespace outrider::detect {
namespace {

Result<void> check_length(std::string_view what, std::string_view text, std::size_t most) {
  if (text.size() <= most) return {};
  return fail(Errc::malformed, "text-too-long", fmt::format("{}: {} bytes, at most {}", what, text.size(), most));
}

Result<void> check_reason(std::string_view reason) {
  if (reason.empty()) return fail(Errc::malformed, "reason-missing", "reason: say why, it is kept in the ledger");
  return check_length("reason", reason, comment_bytes_max);
}

Result<void> check_threat(const std::string& slug) {
  if (threat_from_slug(slug)) return {};
  std::vector<std::string_view> known;
  for (const auto& threat : threats()) known.push_back(threat.slug);
  return fail(Errc::malformed, "unknown-threat",
              fmt::format("there is no threat '{}'{}", slug.substr(0, 64), did_you_mean(slug, known)));
}

Result<void> check_check(const std::string& slug) {
  if (check_from_slug(slug)) return {};
  std::vector<std::string_view> known;
  for (const auto& check : checks()) known.push_back(check.slug);
  return fail(Errc::malformed, "unknown-check",
              fmt::format("there is no check '{}'{}", slug.substr(0, 64), did_you_mean(slug, known)));
}

ledger::Subject subject_of(const FleetId& fleet, const std::string& device) {
  if (device.empty()) return {ledger::SubjectKind::fleet, fleet.value};
  return {ledger::SubjectKind::device, device};
}

bool in_force(const Suppression& one, Timestamp now) {
  return !one.lifted && one.said.expires > now;
}

bool in_force(const Maintenance& one, Timestamp now) {
  return !one.ended && one.said.until > now;
}

// "s12": the next after those there were.
template <class T, class Name>
std::string next_id(char letter, const std::vector<T>& all, Name name) {
  std::uint64_t highest = 0;
  for (const T& one : all) {
    const std::string& id = name(one);
    std::uint64_t number = 0;
    for (std::size_t i = 1; i < id.size(); ++i)
      number = id[i] >= '0' && id[i] <= '9' ? number * 10 + static_cast<std::uint64_t>(id[i] - '0') : 0;
    highest = std::max(highest, number);
  }
  return fmt::format("{}{}", letter, highest + 1);
}

}  // namespace

template <class Fact>
Result<ledger::Entry> AlertDesk::append(const FleetId& fleet, ledger::Subject subject, const Fact& fact) {
  auto draft = ledger::draft_of(fleet, subject, fact);
  draft.received = clock_.now();
  ledger::Entry entry{.kind = draft.kind,
                      .fleet = fleet,
                      .subject = std::move(subject),
                      .received = *draft.received,
                      .content_type = draft.content_type,
                      .payload = draft.payload};
  TRY(entry.number, ledger_.append_and_wait(std::move(draft)));
  book_.settle(entry);
  return entry;
}

Result<Alert> AlertDesk::acknowledge(const FleetId& fleet, facts::AlertAcknowledged wanted, Decide decide) {
  const std::lock_guard lock(mutex_);
  TRY(const auto alert, book_.find(fleet, wanted.alert));
  wanted.alert = alert.said.alert;
  CHECK(check_length("comment", wanted.comment, comment_bytes_max));
  if (!after(alert.state, AlertStep::acknowledge))
    return alert.state == AlertState::resolved
               ? fail(Errc::conflict, "already-resolved", "the alert was resolved already")
               : fail(Errc::conflict, "already-acknowledged",
                      "somebody has acknowledged it already; 'alert assign' and 'alert comment' work as before");
  if (decide == Decide::try_only) return alert;
  CHECK(append(fleet, subject_of(fleet, alert.said.device), wanted));
  return book_.find(fleet, wanted.alert);
}

Result<Alert> AlertDesk::resolve(const FleetId& fleet, facts::AlertResolved wanted, Decide decide) {
  const std::lock_guard lock(mutex_);
  TRY(const auto alert, book_.find(fleet, wanted.alert));
  wanted.alert = alert.said.alert;
  CHECK(check_length("comment", wanted.comment, comment_bytes_max));
  if (!after(alert.state, AlertStep::resolve))
    return fail(Errc::conflict, "already-resolved", "the alert was resolved already");
  if (decide == Decide::try_only) return alert;
  CHECK(append(fleet, subject_of(fleet, alert.said.device), wanted));
  return book_.find(fleet, wanted.alert);
}

Result<Alert> AlertDesk::note(const FleetId& fleet, facts::AlertNoted wanted, Decide decide) {
  const std::lock_guard lock(mutex_);
  TRY(const auto alert, book_.find(fleet, wanted.alert));
  wanted.alert = alert.said.alert;
  CHECK(check_length("comment", wanted.comment, comment_bytes_max));
  CHECK(check_length("assignee", wanted.assignee.value_or(""), assignee_bytes_max));
  if (wanted.comment.empty() && !wanted.assignee)
    return fail(Errc::malformed, "empty-note", "say a comment, an assignee, or both");
  if (decide == Decide::try_only) return alert;
  CHECK(append(fleet, subject_of(fleet, alert.said.device), wanted));
  return book_.find(fleet, wanted.alert);
}

Result<Suppression> AlertDesk::suppress(const FleetId& fleet, facts::SuppressionAdded wanted, Decide decide) {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.now();
  if (!wanted.threat && !wanted.check && !wanted.device && !wanted.profile)
    return fail(Errc::malformed, "matches-everything",
                "name a threat, a check, a device or a profile: this would suppress every alert there is");
  if (wanted.threat) CHECK(check_threat(*wanted.threat));
  if (wanted.check) CHECK(check_check(*wanted.check));
  CHECK(check_reason(wanted.reason));
  if (wanted.expires <= now)
    return fail(Errc::malformed, "expiry-in-the-past", "expires: it would be over before it begins");
  if (wanted.expires > now + suppression_life_max)
    return fail(Errc::malformed, "expiry-too-late", "expires: a suppression lasts a year at most; renew it then");
  const auto all = book_.suppressions(fleet);
  const auto standing = std::ranges::count_if(all, [&](const auto& one) { return in_force(one, now); });
  if (static_cast<std::size_t>(standing) >= suppressions_max)
    return fail(Errc::conflict, "too-many-suppressions",
                fmt::format("{} suppressions are in force; lift some first", standing));
  wanted.suppression = next_id('s', all, [](const auto& one) { return one.said.suppression; });
  Suppression out{.said = wanted, .added = now};
  if (decide == Decide::try_only) return out;
  TRY(const auto entry, append(fleet, subject_of(fleet, wanted.device.value_or("")), wanted));
  out.entry = entry.number;
  out.added = entry.received;
  return out;
}

Result<Suppression> AlertDesk::lift(const FleetId& fleet, facts::SuppressionLifted wanted, Decide decide) {
  const std::lock_guard lock(mutex_);
  const auto all = book_.suppressions(fleet);
  const auto found = std::ranges::find(all, wanted.suppression, [](const auto& one) { return one.said.suppression; });
  if (found == all.end())
    return fail(Errc::not_found, "unknown-suppression",
                fmt::format("there is no suppression '{}'", wanted.suppression.substr(0, 64)));
  if (!in_force(*found, clock_.now())) return fail(Errc::conflict, "suppression-over", "it is over already");
  Suppression out = *found;
  if (decide == Decide::try_only) return out;
  CHECK(append(fleet, subject_of(fleet, out.said.device.value_or("")), wanted));
  out.lifted = true;
  return out;
}

Result<Maintenance> AlertDesk::plan(const FleetId& fleet, facts::MaintenancePlanned wanted, Decide decide) {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.now();
  if (wanted.threats.size() > threats().size())
    return fail(Errc::malformed, "unknown-threat", "threats: more than there are");
  for (const auto& slug : wanted.threats) CHECK(check_threat(slug));
  CHECK(check_reason(wanted.reason));
  if (wanted.until <= wanted.from) return fail(Errc::malformed, "bad-window", "until: must be later than from");
  if (wanted.until <= now) return fail(Errc::malformed, "expiry-in-the-past", "until: it would be over already");
  if (wanted.until > now + suppression_life_max)
    return fail(Errc::malformed, "expiry-too-late", "until: at most a year from now");
  const auto all = book_.maintenance(fleet);
  const auto standing = std::ranges::count_if(all, [&](const auto& one) { return in_force(one, now); });
  if (static_cast<std::size_t>(standing) >= maintenance_max)
    return fail(Errc::conflict, "too-much-maintenance", fmt::format("{} are planned; end some first", standing));
  wanted.maintenance = next_id('m', all, [](const auto& one) { return one.said.maintenance; });
  Maintenance out{.said = wanted, .planned = now};
  if (decide == Decide::try_only) return out;
  TRY(const auto entry, append(fleet, subject_of(fleet, wanted.device.value_or("")), wanted));
  out.entry = entry.number;
  out.planned = entry.received;
  return out;
}

Result<Maintenance> AlertDesk::end(const FleetId& fleet, facts::MaintenanceEnded wanted, Decide decide) {
  const std::lock_guard lock(mutex_);
  const auto all = book_.maintenance(fleet);
  const auto found = std::ranges::find(all, wanted.maintenance, [](const auto& one) { return one.said.maintenance; });
  if (found == all.end())
    return fail(Errc::not_found, "unknown-maintenance",
                fmt::format("there is no maintenance '{}'", wanted.maintenance.substr(0, 64)));
  if (!in_force(*found, clock_.now())) return fail(Errc::conflict, "maintenance-over", "it is over already");
  Maintenance out = *found;
  if (decide == Decide::try_only) return out;
  TRY(const auto entry, append(fleet, subject_of(fleet, out.said.device.value_or("")), wanted));
  out.ended = entry.received;
  return out;
}

}  // namespace outrider::detect
