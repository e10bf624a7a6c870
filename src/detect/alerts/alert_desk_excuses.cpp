// What people say beforehand: suppressions and maintenance, which are made and taken back in the same way.
#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "detect/alerts/alert_desk.h"
#include "detect/alerts/texts.h"
#include "detect/fleet/excuses.h"

namespace outrider::detect {
namespace {

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

Result<void> check_end(std::string_view what, Timestamp end, Timestamp now) {
  if (end <= now) return fail(Errc::malformed, "expiry-in-the-past", fmt::format("{}: it would be over already", what));
  if (end <= now + suppression_life_max) return {};
  return fail(Errc::malformed, "expiry-too-late", fmt::format("{}: at most a year from now; renew it then", what));
}

Result<void> check_wanted(const facts::SuppressionAdded& wanted, Timestamp now) {
  if (!wanted.threat && !wanted.check && !wanted.device && !wanted.profile)
    return fail(Errc::malformed, "matches-everything",
                "name a threat, a check, a device or a profile: this would suppress every alert there is");
  if (wanted.threat) CHECK(check_threat(*wanted.threat));
  if (wanted.check) CHECK(check_check(*wanted.check));
  CHECK(check_reason(wanted.reason));
  return check_end("expires", wanted.expires, now);
}

Result<void> check_wanted(const facts::MaintenancePlanned& wanted, Timestamp now) {
  if (wanted.threats.size() > threats().size())
    return fail(Errc::malformed, "unknown-threat", "threats: more than there are");
  for (const auto& slug : wanted.threats) CHECK(check_threat(slug));
  CHECK(check_reason(wanted.reason));
  if (wanted.until <= wanted.from) return fail(Errc::malformed, "bad-window", "until: must be later than from");
  return check_end("until", wanted.until, now);
}

// What tells the two apart.
template <class Kept>
struct Sort;

template <>
struct Sort<Suppression> {
  static constexpr char letter = 's';
  static constexpr std::size_t most = suppressions_max;
  static constexpr std::string_view name = "suppression";
  static constexpr std::string_view too_many = "too-many-suppressions";
  static std::vector<Suppression> all(const AlertBook& book, const FleetId& fleet) { return book.suppressions(fleet); }
  template <class Fact>
  static auto& id(Fact& fact) {
    return fact.suppression;
  }
  static bool in_force(const Suppression& one, Timestamp now) { return !one.lifted && one.said.expires > now; }
  static void make(Suppression& one, Timestamp at) { one.added = at; }
  static void take_back(Suppression& one, Timestamp) { one.lifted = true; }
};

template <>
struct Sort<Maintenance> {
  static constexpr char letter = 'm';
  static constexpr std::size_t most = maintenance_max;
  static constexpr std::string_view name = "maintenance";
  static constexpr std::string_view too_many = "too-much-maintenance";
  static std::vector<Maintenance> all(const AlertBook& book, const FleetId& fleet) { return book.maintenance(fleet); }
  template <class Fact>
  static auto& id(Fact& fact) {
    return fact.maintenance;
  }
  static bool in_force(const Maintenance& one, Timestamp now) { return !one.ended && one.said.until > now; }
  static void make(Maintenance& one, Timestamp at) { one.planned = at; }
  static void take_back(Maintenance& one, Timestamp at) { one.ended = at; }
};

// "s12": the next after those there were.
template <class Kept>
std::string next_id(const std::vector<Kept>& all) {
  std::uint64_t highest = 0;
  for (const Kept& one : all) {
    const std::string& id = Sort<Kept>::id(one.said);
    std::uint64_t number = 0;
    for (std::size_t i = 1; i < id.size(); ++i)
      number = id[i] >= '0' && id[i] <= '9' ? number * 10 + static_cast<std::uint64_t>(id[i] - '0') : 0;
    highest = std::max(highest, number);
  }
  return fmt::format("{}{}", Sort<Kept>::letter, highest + 1);
}

}  // namespace

template <class Kept, class Fact>
Result<Kept> AlertDesk::add(const FleetId& fleet, Fact wanted, Decide decide) {
  using Of = Sort<Kept>;
  const std::lock_guard lock(mutex_);
  CHECK(check_current(fleet));
  const Timestamp now = clock_.now();
  CHECK(check_wanted(wanted, now));
  const auto all = Of::all(book_, fleet);
  const auto standing = std::ranges::count_if(all, [&](const Kept& one) { return Of::in_force(one, now); });
  if (static_cast<std::size_t>(standing) >= Of::most)
    return fail(Errc::conflict, std::string(Of::too_many),
                fmt::format("{} are in force or planned; end some first", standing));
  Of::id(wanted) = next_id(all);
  Kept out{.said = wanted};
  Of::make(out, now);
  if (decide == Decide::try_only) return out;
  TRY(const auto entry, append(fleet, wanted.device.value_or(""), wanted));
  out.entry = entry.number;
  Of::make(out, entry.received);
  return out;
}

template <class Kept, class Fact>
Result<Kept> AlertDesk::take_back(const FleetId& fleet, const Fact& wanted, Decide decide) {
  using Of = Sort<Kept>;
  const std::lock_guard lock(mutex_);
  CHECK(check_current(fleet));
  const auto all = Of::all(book_, fleet);
  const auto found = std::ranges::find_if(all, [&](const Kept& one) { return Of::id(one.said) == Of::id(wanted); });
  if (found == all.end())
    return fail(Errc::not_found, fmt::format("unknown-{}", Of::name),
                fmt::format("there is no {} '{}'", Of::name, Of::id(wanted).substr(0, 64)));
  if (!Of::in_force(*found, clock_.now()))
    return fail(Errc::conflict, fmt::format("{}-over", Of::name), "it is over already");
  Kept out = *found;
  if (decide == Decide::try_only) return out;
  TRY(const auto entry, append(fleet, out.said.device.value_or(""), wanted));
  Of::take_back(out, entry.received);
  return out;
}

Result<Suppression> AlertDesk::suppress(const FleetId& fleet, facts::SuppressionAdded wanted, Decide decide) {
  return add<Suppression>(fleet, std::move(wanted), decide);
}

Result<Suppression> AlertDesk::lift(const FleetId& fleet, facts::SuppressionLifted wanted, Decide decide) {
  return take_back<Suppression>(fleet, wanted, decide);
}

Result<Maintenance> AlertDesk::plan(const FleetId& fleet, facts::MaintenancePlanned wanted, Decide decide) {
  return add<Maintenance>(fleet, std::move(wanted), decide);
}

Result<Maintenance> AlertDesk::end(const FleetId& fleet, facts::MaintenanceEnded wanted, Decide decide) {
  return take_back<Maintenance>(fleet, wanted, decide);
}

}  // namespace outrider::detect
