// Alerts: what stands, one with its case, and what people decide about it.
#include <fmt/format.h>

#include "api/handlers.h"
#include "base/suggest.h"
#include "detect/alerts/timeline.h"
#include "detect/vocabulary/threat.h"

namespace outrider::api {
namespace {

struct Wanted {
  std::optional<std::string> comment, outcome, assignee;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Wanted, (), (comment, outcome, assignee, dry_run))

// What is known of an alert at a glance.
json::Object summary(const detect::Alert& alert) {
  json::Object out{{"alert", alert.said.alert},
                   {"level", json::from(alert.said.level)},
                   {"state", json::from(alert.state)},
                   {"threat", alert.said.threat},
                   {"title", alert.said.title},
                   {"device", alert.said.device},
                   {"device_count", alert.said.device_count},
                   {"risk", alert.said.risk},
                   {"proof", alert.said.proof},
                   {"explanation", alert.said.explanation},
                   {"techniques", json::from(alert.said.techniques)},
                   {"entry", alert.entry},
                   {"raised", to_rfc3339(alert.raised)},
                   {"changed", to_rfc3339(alert.changed)},
                   {"grown", alert.grown}};
  if (alert.outcome) out["outcome"] = json::from(*alert.outcome);
  if (alert.assignee) out["assignee"] = *alert.assignee;
  if (alert.said.incident) out["incident"] = *alert.said.incident;
  return out;
}

json::Object whole(const detect::Alert& alert) {
  auto out = summary(alert);
  out["devices"] = json::from(alert.said.devices);
  out["evidence"] = json::from(alert.said.evidence);
  out["cause"] = alert.said.cause;
  out["events"] = json::from(alert.events);
  return out;
}

template <class Enum>
Result<std::optional<Enum>> choice(const Call& call, std::string_view name) {
  TRY(const auto text, call.text(name));
  if (text.empty()) return std::optional<Enum>();
  auto value = json::to<Enum>(json::Value(text), std::string(name));
  if (!value) return fail(Errc::malformed, "bad-parameter", value.error().detail);
  return std::optional<Enum>(*value);
}

Result<std::set<detect::AlertState>> states(const Call& call) {
  using enum detect::AlertState;
  TRY(const auto text, call.text("state"));
  if (text.empty() || text == "standing") return std::set{open, acknowledged};
  if (text == "all") return std::set<detect::AlertState>{};
  TRY(const auto state, choice<detect::AlertState>(call, "state"));
  return std::set{*state};
}

Result<detect::AlertFilter> filter_of(const Call& call) {
  detect::AlertFilter filter;
  TRY(filter.level, choice<facts::AlertLevel>(call, "level"));
  TRY(filter.states, states(call));
  TRY(const auto threat, call.text("threat"));
  if (!threat.empty()) {
    if (!detect::threat_from_slug(threat)) {
      std::vector<std::string_view> known;
      for (const auto& one : detect::threats()) known.push_back(one.slug);
      return fail(Errc::malformed, "bad-parameter",
                  fmt::format("threat: there is no '{}'{}", threat, did_you_mean(threat, known)));
    }
    filter.threat = threat;
  }
  TRY(const auto device, call.text("device"));
  if (!device.empty()) filter.device = device;
  TRY(filter.since, call.moment("since"));
  TRY(filter.before, call.integer("after"));  // the newest come first: what follows was raised before
  return filter;
}

struct Asked {
  FleetId fleet;
  std::string alert;
  Wanted wanted;
  detect::Decide decide = detect::Decide::really;
};

Result<Asked> asked(const House& house, const Call& call) {
  Asked out;
  TRY(out.fleet, call.fleet());
  CHECK(house.registry.fleet(out.fleet));
  TRY(out.alert, call.part("alert"));
  TRY(out.wanted, call.body<Wanted>());
  if (out.wanted.dry_run.value_or(false)) out.decide = detect::Decide::try_only;
  return out;
}

std::unexpected<Error> not_taken(std::string_view name) {
  return fail(Errc::malformed, "unknown-key", fmt::format("{}: not taken here", name));
}

net::HttpResponse decided(const detect::Alert& alert, detect::Decide decide) {
  auto out = whole(alert);
  out["dry_run"] = decide == detect::Decide::try_only;
  return answer(out);
}

}  // namespace

Result<net::HttpResponse> get_alerts(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto filter, filter_of(call));
  TRY(const auto limit, call.limit());
  const auto alerts = house.alerts.book().list(fleet, filter, limit + 1);
  json::Array items;
  for (const auto& alert : alerts)
    if (items.size() < limit) items.emplace_back(summary(alert));
  return answer_list(std::move(items),
                     alerts.size() > limit ? std::optional(fmt::format("{}", alerts[limit - 1].entry)) : std::nullopt);
}

Result<net::HttpResponse> get_alert(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto id, call.part("alert"));
  TRY(const auto alert, house.alerts.book().find(fleet, id));
  auto out = whole(alert);
  TRY(const auto timeline, detect::timeline_of(house.ledger, fleet, alert));
  out["timeline"] = json::from(timeline);
  return answer(out);
}

Result<net::HttpResponse> post_alert_acknowledge(const House& house, const Call& call) {
  TRY(const auto in, asked(house, call));
  if (in.wanted.outcome) return not_taken("outcome");
  if (in.wanted.assignee) return not_taken("assignee");
  TRY(const auto alert,
      house.alerts.acknowledge(
          in.fleet, {.alert = in.alert, .comment = in.wanted.comment.value_or(""), .by = call.by()}, in.decide));
  return decided(alert, in.decide);
}

Result<net::HttpResponse> post_alert_resolve(const House& house, const Call& call) {
  TRY(const auto in, asked(house, call));
  if (in.wanted.assignee) return not_taken("assignee");
  const auto outcome = json::to<facts::AlertOutcome>(json::Value(in.wanted.outcome.value_or("")), "outcome");
  if (!outcome) return fail(Errc::malformed, "bad-outcome", outcome.error().detail);
  TRY(const auto alert,
      house.alerts.resolve(
          in.fleet,
          {.alert = in.alert, .outcome = *outcome, .comment = in.wanted.comment.value_or(""), .by = call.by()},
          in.decide));
  return decided(alert, in.decide);
}

Result<net::HttpResponse> post_alert_note(const House& house, const Call& call) {
  TRY(const auto in, asked(house, call));
  if (in.wanted.outcome) return not_taken("outcome");
  TRY(const auto alert, house.alerts.note(in.fleet,
                                          {.alert = in.alert,
                                           .comment = in.wanted.comment.value_or(""),
                                           .assignee = in.wanted.assignee,
                                           .by = call.by()},
                                          in.decide));
  return decided(alert, in.decide);
}

}  // namespace outrider::api
