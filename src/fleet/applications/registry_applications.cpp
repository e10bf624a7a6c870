// Applications and their grants.
#include <fmt/format.h>

#include <algorithm>

#include "facts/holder.h"
#include "fleet/registry/live_registry.h"
#include "ledger/subject.h"

namespace outrider::fleet {
namespace {

ledger::Subject subject_of(const ApplicationId& application) {
  return {ledger::SubjectKind::application, application.value};
}

// One that is there and not removed.
Result<const ApplicationState*> require_application(const FleetState& state, const ApplicationId& application) {
  const ApplicationState* const row = state.find_application(application);
  if (row == nullptr) return std::unexpected(unknown_application(application));
  if (row->removed) return std::unexpected(removed_application(application));
  return row;
}

bool has(const std::vector<Grant>& grants, const std::string& filter) {
  return std::ranges::find(grants, filter, &Grant::filter) != grants.end();
}

// Sorted, each once, without what is there already.
void keep_new(std::vector<std::string>& filters, const std::vector<Grant>& there) {
  std::ranges::sort(filters);
  const auto twice = std::ranges::unique(filters);
  filters.erase(twice.begin(), twice.end());
  std::erase_if(filters, [&](const std::string& filter) { return has(there, filter); });
}

Result<void> check_count(std::string_view way, const std::vector<Grant>& there, const std::vector<std::string>& more) {
  if (there.size() + more.size() <= grants_max) return {};
  return fail(
      Errc::too_large, "too-many",
      fmt::format("an application has at most {} grants to {}; a wider filter does the work of many", grants_max, way));
}

Result<void> check_there(std::string_view way, const std::vector<Grant>& there,
                         const std::vector<std::string>& filters) {
  for (const auto& filter : filters) {
    if (!has(there, filter))
      return fail(Errc::not_found, "unknown-grant",
                  fmt::format("the application has no grant to {} '{}'", way, filter.substr(0, grant_bytes_max)));
  }
  return {};
}

Application view_of(const ApplicationId& id, const ApplicationState& row) {
  return {.id = id,
          .label = row.label,
          .added = row.added,
          .removed = row.removed,
          .online = !row.session.empty(),
          .grants = *row.grants->now()};
}

}  // namespace

void LiveRegistry::add_application(const FleetId& fleet, facts::ApplicationAdded application, Done done, Run run) {
  const auto validate = [&](State& state, Plan& plan) -> Result<void> {
    TRY(FleetState* const found, require_fleet(state, fleet));
    TRY(const ApplicationId checked, ApplicationId::parse(application.application.value));
    CHECK(check_text("label", application.label.value_or(""), label_bytes_max));
    CHECK(check_text("by", application.by, label_bytes_max));
    if (const auto* const row = found->find_application(checked)) {
      return fail(
          Errc::conflict, "application-exists",
          fmt::format("there {} an application '{}'; take another name", row->removed ? "was" : "is", checked.value));
    }
    if (found->applications.size() >= applications_max)
      return fail(Errc::too_large, "too-many", fmt::format("a fleet has at most {} applications", applications_max));
    plan.append(fleet, subject_of(checked), application);
    return {};
  };
  decide(std::move(done), validate, run);
}

void LiveRegistry::grant(const FleetId& fleet, facts::ApplicationGranted grants, Done done, Run run) {
  const auto validate = [&](State& state, Plan& plan) -> Result<void> {
    TRY(FleetState* const found, require_fleet(state, fleet));
    TRY(const ApplicationState* const row, require_application(*found, grants.application));
    CHECK(check_text("by", grants.by, label_bytes_max));
    for (const auto& filter : grants.publish) CHECK(check_publish_grant(filter));
    for (const auto& filter : grants.subscribe) CHECK(check_subscribe_grant(filter));
    if (grants.publish.empty() && grants.subscribe.empty())
      return fail(Errc::malformed, "nothing-granted", "name at least one filter to publish or to subscribe to");
    const auto now = row->grants->now();
    keep_new(grants.publish, now->publish);
    keep_new(grants.subscribe, now->subscribe);
    CHECK(check_count("publish", now->publish, grants.publish));
    CHECK(check_count("subscribe", now->subscribe, grants.subscribe));
    if (!grants.publish.empty() || !grants.subscribe.empty())
      plan.append(fleet, subject_of(grants.application), grants);
    return {};
  };
  decide(std::move(done), validate, run);
}

void LiveRegistry::withdraw(const FleetId& fleet, facts::ApplicationGrantWithdrawn grants, Done done, Run run) {
  const auto validate = [&](State& state, Plan& plan) -> Result<void> {
    TRY(FleetState* const found, require_fleet(state, fleet));
    TRY(const ApplicationState* const row, require_application(*found, grants.application));
    CHECK(check_text("by", grants.by, label_bytes_max));
    if (grants.publish.empty() && grants.subscribe.empty())
      return fail(Errc::malformed, "nothing-withdrawn", "name at least one filter that was granted");
    const auto now = row->grants->now();
    CHECK(check_there("publish", now->publish, grants.publish));
    CHECK(check_there("subscribe", now->subscribe, grants.subscribe));
    plan.append(fleet, subject_of(grants.application), grants);
    return {};
  };
  decide(std::move(done), validate, run);
}

void LiveRegistry::remove_application(const FleetId& fleet, facts::ApplicationRemoved fact, Done done, Run run) {
  const auto validate = [&](State& state, Plan& plan) -> Result<void> {
    TRY(FleetState* const found, require_fleet(state, fleet));
    TRY(const ApplicationState* const row, require_application(*found, fact.application));
    CHECK(check_text("why", fact.why, why_bytes_max));
    CHECK(check_text("by", fact.by, label_bytes_max));
    const DeviceId holder = facts::holder_of(fact.application);
    plan.append(fleet, subject_of(fact.application), fact);
    for (const auto& serial : row->serials) {
      if (found->identities.at(serial).revoked) continue;
      plan.append(
          fleet, subject_of(fact.application),
          facts::IdentityRevoked{.device = holder, .serial = serial, .why = "cessationOfOperation", .by = fact.by});
    }
    plan.expulsions.push_back({fleet, holder, {}, "application-removed"});
    return {};
  };
  decide(std::move(done), validate, run);
}

Result<std::vector<Application>> LiveRegistry::applications(const FleetId& fleet) const {
  return look(fleet, [&](const FleetState& state) -> Result<std::vector<Application>> {
    std::vector<Application> out;
    for (const auto& [id, row] : state.applications) out.push_back(view_of(id, row));
    return out;
  });
}

Result<Application> LiveRegistry::application(const FleetId& fleet, const ApplicationId& application) const {
  return look(fleet, [&](const FleetState& state) -> Result<Application> {
    const ApplicationState* const row = state.find_application(application);
    if (row == nullptr) return std::unexpected(unknown_application(application));
    return view_of(application, *row);
  });
}

}  // namespace outrider::fleet
