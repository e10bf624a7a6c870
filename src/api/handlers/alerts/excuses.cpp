// What is said beforehand: suppressions and maintenance.
#include <fmt/format.h>

#include "api/handlers.h"

namespace outrider::api {
namespace {

struct WantedSuppression {
  std::optional<std::string> threat, check, device, profile;
  std::string reason;
  std::string expires;  // RFC 3339, or how long from now: "7d"
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(WantedSuppression, (), (threat, check, device, profile, reason, expires, dry_run))

struct WantedMaintenance {
  std::optional<std::string> device, profile;
  std::vector<std::string> threats;
  std::optional<std::string> from;  // as expires; absent: now
  std::string until;
  std::string reason;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(WantedMaintenance, (), (device, profile, threats, from, until, reason, dry_run))

struct Lift {
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Lift, (), (dry_run))

// A time, or how long after `now`.
Result<Timestamp> time_from(std::string_view name, std::string_view text, Timestamp now) {
  if (const auto span = parse_duration(text)) return now + *span;
  if (const auto time = from_rfc3339(text)) return *time;
  return fail(Errc::malformed, "bad-time",
              fmt::format("{}: expected a time (RFC 3339) or a duration such as 7d", name));
}

// Names that nobody has would excuse nothing, and nobody would notice.
Result<void> check_names(const House& house, const FleetId& fleet, const std::optional<std::string>& device,
                         const std::optional<std::string>& profile) {
  if (device) {
    TRY(const auto id, DeviceId::parse(*device));
    CHECK(house.registry.device(fleet, id));
  }
  if (profile) {
    TRY(const auto id, ProfileId::parse(*profile));
    CHECK(house.registry.profile(fleet, id));
  }
  return {};
}

json::Object view(const detect::Suppression& one, Timestamp now) {
  auto out = json::from(one.said).as_object();
  out["entry"] = one.entry;
  out["added"] = to_rfc3339(one.added);
  out["state"] = one.lifted ? "lifted" : one.said.expires <= now ? "expired" : "in-force";
  return out;
}

json::Object view(const detect::Maintenance& one, Timestamp now) {
  auto out = json::from(one.said).as_object();
  out["entry"] = one.entry;
  out["planned"] = to_rfc3339(one.planned);
  out["state"] = one.ended || one.said.until <= now ? "over" : one.said.from > now ? "planned" : "in-force";
  if (one.ended) out["ended"] = to_rfc3339(*one.ended);
  return out;
}

template <class T>
Result<net::HttpResponse> list_of(const House& house, const Call& call,
                                  std::vector<T> (detect::AlertBook::*kept)(const FleetId&) const) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto past, call.flag("all"));
  json::Array items;
  for (const T& one : (house.alerts.book().*kept)(fleet)) {
    auto item = view(one, call.now());
    const std::string_view state = item.at("state").as_string();
    if (past.value_or(false) || state == "in-force" || state == "planned") items.emplace_back(std::move(item));
  }
  return answer_list(std::move(items));
}

// What the desk decides, as an answer.
template <class T, class Fact>
Result<net::HttpResponse> decided(const House& house, const Call& call, const FleetId& fleet, Fact fact,
                                  std::optional<bool> only_try,
                                  Result<T> (detect::AlertDesk::*step)(const FleetId&, Fact, detect::Decide),
                                  int status) {
  const bool dry_run = only_try.value_or(false);
  fact.by = call.by();
  TRY(const T one,
      (house.alerts.*step)(fleet, std::move(fact), dry_run ? detect::Decide::try_only : detect::Decide::really));
  auto out = view(one, call.now());
  out["dry_run"] = dry_run;
  return answer(out, dry_run ? 200 : status);
}

// `part` of the path names what is taken back.
template <class T, class Fact>
Result<net::HttpResponse> taken_back(const House& house, const Call& call, std::string_view part,
                                     std::string Fact::* id,
                                     Result<T> (detect::AlertDesk::*step)(const FleetId&, Fact, detect::Decide)) {
  TRY(const auto fleet, call.fleet());
  Fact fact;
  TRY(fact.*id, call.part(part));
  TRY(const auto wanted, call.body<Lift>());
  return decided(house, call, fleet, std::move(fact), wanted.dry_run, step, 200);
}

}  // namespace

Result<net::HttpResponse> get_suppressions(const House& house, const Call& call) {
  return list_of(house, call, &detect::AlertBook::suppressions);
}

Result<net::HttpResponse> post_suppression(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(auto wanted, call.body<WantedSuppression>());
  CHECK(check_names(house, fleet, wanted.device, wanted.profile));
  facts::SuppressionAdded fact{.threat = std::move(wanted.threat),
                               .check = std::move(wanted.check),
                               .device = std::move(wanted.device),
                               .profile = std::move(wanted.profile),
                               .reason = std::move(wanted.reason)};
  TRY(fact.expires, time_from("expires", wanted.expires, call.now()));
  return decided(house, call, fleet, std::move(fact), wanted.dry_run, &detect::AlertDesk::suppress, 201);
}

Result<net::HttpResponse> post_suppression_lift(const House& house, const Call& call) {
  return taken_back(house, call, "suppression", &facts::SuppressionLifted::suppression, &detect::AlertDesk::lift);
}

Result<net::HttpResponse> get_maintenance(const House& house, const Call& call) {
  return list_of(house, call, &detect::AlertBook::maintenance);
}

Result<net::HttpResponse> post_maintenance(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(auto wanted, call.body<WantedMaintenance>());
  CHECK(check_names(house, fleet, wanted.device, wanted.profile));
  facts::MaintenancePlanned fact{.device = std::move(wanted.device),
                                 .profile = std::move(wanted.profile),
                                 .threats = std::move(wanted.threats),
                                 .from = call.now(),
                                 .reason = std::move(wanted.reason)};
  if (wanted.from) {
    TRY(fact.from, time_from("from", *wanted.from, call.now()));
  }
  TRY(fact.until, time_from("until", wanted.until, fact.from));
  return decided(house, call, fleet, std::move(fact), wanted.dry_run, &detect::AlertDesk::plan, 201);
}

Result<net::HttpResponse> post_maintenance_end(const House& house, const Call& call) {
  return taken_back(house, call, "maintenance", &facts::MaintenanceEnded::maintenance, &detect::AlertDesk::end);
}

}  // namespace outrider::api
