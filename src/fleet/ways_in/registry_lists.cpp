// Revocation lists of the CAs behind anchors.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "fleet/registry/live_registry.h"
#include "fleet/ways_in/joined.h"
#include "fleet/ways_in/lists.h"
#include "ledger/subject.h"

namespace outrider::fleet {
namespace {

constexpr std::size_t serials_of_entry_max = 1'000;  // 20 bytes each, in hex

ledger::Subject subject_of(const FleetId& fleet) {
  return {ledger::SubjectKind::fleet, fleet.value};
}

Result<const Anchor*> require_anchor(const FleetState& state, const std::string& name) {
  const auto found = state.ways.anchors.find(name);
  if (found == state.ways.anchors.end())
    return fail(Errc::not_found, "unknown-anchor", fmt::format("there is no anchor '{}'", name.substr(0, 64)));
  return &found->second;
}

// What no earlier entry names.
void plan_news(const FleetId& fleet, const FleetState& state, const facts::AnchorList& fact,
               std::span<const ForeignRevoked> revoked, Plan& plan) {
  const auto known = state.ways.lists.find(fact.authority);
  facts::AnchorRevoked news{.anchor = fact.anchor, .authority = fact.authority, .serials = {}};
  const auto write = [&] {
    if (!news.serials.empty()) plan.append(fleet, subject_of(fleet), news);
    news.serials.clear();
  };
  for (const auto& each : revoked) {
    if (known != state.ways.lists.end() && known->second.serials.contains(each.serial)) continue;
    news.serials.push_back(each.serial);
    if (news.serials.size() == serials_of_entry_max) write();
  }
  write();
}

void plan_ends(const FleetId& fleet, const FleetState& state, std::span<const ForeignRevoked> revoked,
               const std::string& by, Plan& plan) {
  for (const auto& each : revoked) {
    const Identity* const identity = state.find_identity(each.ours);
    if (identity == nullptr || identity->revoked) continue;
    plan.append(
        fleet, ledger::subject_of(identity->device),
        facts::IdentityRevoked{
            .device = identity->device, .serial = each.ours, .why = "privilegeWithdrawn", .by = by, .cause = {}});
    plan.expulsions.push_back({fleet, identity->device, each.ours, "identity-revoked"});
  }
}

}  // namespace

// Names first, so that from then on nobody new comes in by one of them; then the ends of those who are in, in pieces
// that admission can wait for; the list itself last. Whoever was told of no success takes the list again, and what was
// done is not done twice.
void LiveRegistry::take_list(const FleetId& fleet, facts::AnchorList fact, std::vector<ForeignRevoked> revoked,
                             Done done, Run run) {
  const auto whole = std::make_shared<Joined>(std::move(done));
  const auto check = [&](State& state) -> Result<const FleetState*> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    TRY(const Anchor* const anchor, require_anchor(*found, fact.anchor));
    fact.authority = anchor->authority;
    CHECK(check_text("by", fact.by, label_bytes_max));
    CHECK(check_new_list(*found, fact, revoked, clock_.now()));
    return found;
  };
  bool good = false;
  const auto name_them = [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, check(state));
    plan_news(fleet, *found, fact, revoked, plan);
    good = true;
    return {};
  };
  decide(Joined::part(whole), name_them, run);
  if (!good || run == Run::dry) return whole->settle({});
  for (std::size_t at = 0; at < revoked.size(); at += revoke_batch_max) {
    const auto piece = std::span(revoked).subspan(at, std::min(revoke_batch_max, revoked.size() - at));
    decide(Joined::part(whole), [&](State& state, Plan& plan) -> Result<void> {
      TRY(const FleetState* const found, require_fleet(state, fleet));
      plan_ends(fleet, *found, piece, fact.by, plan);
      return {};
    });
  }
  decide(Joined::part(whole), [&](State& state, Plan& plan) -> Result<void> {
    CHECK(check(state));
    plan.append(fleet, subject_of(fleet), fact);
    return {};
  });
  whole->settle({});
}

Result<std::optional<ListStanding>> LiveRegistry::list_of(const FleetId& fleet, const std::string& anchor) const {
  return look(fleet, [&](const FleetState& state) -> Result<std::optional<ListStanding>> {
    TRY(const Anchor* const found, require_anchor(state, anchor));
    const auto list = state.ways.lists.find(found->authority);
    if (list == state.ways.lists.end() || list->second.number.empty()) return std::nullopt;
    return ListStanding{.number = list->second.number,
                        .next_update = list->second.next_update,
                        .when_stale = list->second.when_stale,
                        .stale = is_stale(list->second, clock_.now()),
                        .revoked = list->second.serials.size()};
  });
}

Result<void> LiveRegistry::check_list(const FleetId& fleet, const std::string& anchor,
                                      const std::string& serial) const {
  return look(fleet, [&](const FleetState& state) -> Result<void> {
    TRY(const Anchor* const found, require_anchor(state, anchor));
    return fleet::check_list(state, *found, serial, clock_.now());
  });
}

}  // namespace outrider::fleet
