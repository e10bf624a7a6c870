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

detect::Decide decide_of(std::optional<bool> dry_run) {
  return dry_run.value_or(false) ? detect::Decide::try_only : detect::Decide::really;
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
net::HttpResponse list_of(const std::vector<T>& all, bool past, Timestamp now) {
  json::Array items;
  for (const T& one : all) {
    auto item = view(one, now);
    const std::string_view state = item.at("state").as_string();
    if (past || state == "in-force" || state == "planned") items.emplace_back(std::move(item));
  }
  return answer_list(std::move(items));
}

template <class T>
net::HttpResponse outcome_of(const T& one, Timestamp now, detect::Decide decide, int status) {
  auto out = view(one, now);
  const bool dry_run = decide == detect::Decide::try_only;
  out["dry_run"] = dry_run;
  return answer(out, dry_run ? 200 : status);
}

}  // namespace

Result<net::HttpResponse> get_suppressions(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto all, call.flag("all"));
  return list_of(house.alerts.book().suppressions(fleet), all.value_or(false), call.now());
}

Result<net::HttpResponse> post_suppression(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(auto wanted, call.body<WantedSuppression>());
  CHECK(check_names(house, fleet, wanted.device, wanted.profile));
  facts::SuppressionAdded fact{.threat = std::move(wanted.threat),
                               .check = std::move(wanted.check),
                               .device = std::move(wanted.device),
                               .profile = std::move(wanted.profile),
                               .reason = std::move(wanted.reason),
                               .by = call.by()};
  TRY(fact.expires, time_from("expires", wanted.expires, call.now()));
  const auto decide = decide_of(wanted.dry_run);
  TRY(const auto made, house.alerts.suppress(fleet, std::move(fact), decide));
  return outcome_of(made, call.now(), decide, 201);
}

Result<net::HttpResponse> post_suppression_lift(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.part("suppression"));
  TRY(const auto wanted, call.body<Lift>());
  const auto decide = decide_of(wanted.dry_run);
  TRY(const auto lifted, house.alerts.lift(fleet, {.suppression = id, .by = call.by()}, decide));
  return outcome_of(lifted, call.now(), decide, 200);
}

Result<net::HttpResponse> get_maintenance(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto all, call.flag("all"));
  return list_of(house.alerts.book().maintenance(fleet), all.value_or(false), call.now());
}

Result<net::HttpResponse> post_maintenance(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(auto wanted, call.body<WantedMaintenance>());
  CHECK(check_names(house, fleet, wanted.device, wanted.profile));
  facts::MaintenancePlanned fact{.device = std::move(wanted.device),
                                 .profile = std::move(wanted.profile),
                                 .threats = std::move(wanted.threats),
                                 .reason = std::move(wanted.reason),
                                 .by = call.by()};
  fact.from = call.now();
  if (wanted.from) {
    TRY(fact.from, time_from("from", *wanted.from, call.now()));
  }
  TRY(fact.until, time_from("until", wanted.until, fact.from));
  const auto decide = decide_of(wanted.dry_run);
  TRY(const auto made, house.alerts.plan(fleet, std::move(fact), decide));
  return outcome_of(made, call.now(), decide, 201);
}

Result<net::HttpResponse> post_maintenance_end(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.part("maintenance"));
  TRY(const auto wanted, call.body<Lift>());
  const auto decide = decide_of(wanted.dry_run);
  TRY(const auto ended, house.alerts.end(fleet, {.maintenance = id, .by = call.by()}, decide));
  return outcome_of(ended, call.now(), decide, 200);
}

}  // namespace outrider::api
