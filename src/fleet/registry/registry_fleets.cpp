// Fleets, profiles, API tokens and counts of the registry.
#include <fmt/format.h>

#include <algorithm>

#include "fleet/registry/live_registry.h"

namespace outrider::fleet {
namespace {

ledger::Subject subject_of(const FleetId& fleet) {
  return {ledger::SubjectKind::fleet, fleet.value};
}

// Makes the fleet's tree. One that is there and empty is what an attempt left that ended before its first entry.
Result<void> create_tree(ledger::Ledger& ledger, const FleetId& fleet) {
  auto created = ledger.create_fleet(fleet);
  if (created || created.error().code != Errc::conflict) return created;
  TRY(const auto durable, ledger.durable(fleet));
  return durable == 0 ? Result<void>{} : std::move(created);
}

void add(Counts& sum, const Counts& counts) {
  boost::mp11::mp_for_each<boost::describe::describe_members<Counts, boost::describe::mod_public>>(
      [&](auto member) { sum.*member.pointer += counts.*member.pointer; });
}

}  // namespace

void LiveRegistry::create_fleet(const FleetId& fleet, const std::string& title, Done done) {
  const auto allowed = [&](const State& state) -> Result<void> {
    CHECK(check_text("title", title, label_bytes_max));
    if (state.find(fleet) == nullptr) return {};
    return fail(Errc::conflict, "fleet-exists", fmt::format("fleet '{}' exists already", fleet.value));
  };
  // The tree is made without the lock: it waits for the ledger's thread, which may be in a Done that looks something
  // up.
  auto prepared = [&]() -> Result<void> {
    {
      const std::unique_lock lock(mutex_);
      CHECK(check_ready());
      CHECK(allowed(state_));
    }
    return create_tree(ledger_, fleet);
  }();
  if (!prepared) return done(std::move(prepared));
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    CHECK(allowed(state));
    plan.append(fleet, subject_of(fleet), facts::FleetCreated{.fleet = fleet, .title = title});
    for (const auto& builtin : builtin_profiles()) {
      TRY(const auto profile, Profile::parse(builtin.toml, builtin.file));
      plan.append(fleet, subject_of(fleet), facts::ProfileAdded{.profile = profile.id, .toml = profile.toml});
    }
    return {};
  });
}

std::vector<Fleet> LiveRegistry::fleets() const {
  const std::shared_lock lock(mutex_);
  std::vector<Fleet> out;
  for (const auto& [id, row] : state_.fleets) out.push_back(row.fleet);
  return out;
}

Result<Fleet> LiveRegistry::fleet(const FleetId& fleet) const {
  return look(fleet, [](const FleetState& state) -> Result<Fleet> { return state.fleet; });
}

void LiveRegistry::add_profile(const FleetId& fleet, std::string_view toml, std::string_view file, Done done) {
  auto profile = Profile::parse(toml, file);  // before the lock: it takes a while
  if (!profile) return done(std::unexpected(std::move(profile).error()));
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    CHECK(require_fleet(state, fleet));
    plan.append(fleet, subject_of(fleet), facts::ProfileAdded{.profile = profile->id, .toml = profile->toml});
    plan.reconsider = {fleet};
    return {};
  });
}

Result<std::vector<std::shared_ptr<const Profile>>> LiveRegistry::profiles(const FleetId& fleet) const {
  return look(fleet, [](const FleetState& state) -> Result<std::vector<std::shared_ptr<const Profile>>> {
    std::vector<std::shared_ptr<const Profile>> out;
    for (const auto& [id, profile] : state.profiles) out.push_back(profile);
    return out;
  });
}

Result<std::shared_ptr<const Profile>> LiveRegistry::profile(const FleetId& fleet, const ProfileId& profile) const {
  return look(fleet, [&](const FleetState& state) -> Result<std::shared_ptr<const Profile>> {
    const auto found = state.profiles.find(profile);
    if (found == state.profiles.end()) {
      return fail(Errc::not_found, "unknown-profile", fmt::format("there is no profile '{}'", profile.value));
    }
    return found->second;
  });
}

void LiveRegistry::create_token(const FleetId& fleet, facts::TokenCreated token, Done done) {
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    TRY(const std::string checked, check_id("token", token.name));
    CHECK(check_text("by", token.by, label_bytes_max));
    if (!is_sha256_hex(token.token_hash)) {
      return fail(Errc::malformed, "bad-token-hash", "a token's hash is 64 lower-case hexadecimal digits");
    }
    for (const TokenState& row : found->tokens) {
      if (row.hash == token.token_hash || (row.token.name == token.name && !row.token.revoked)) {
        return fail(Errc::conflict, "token-exists", fmt::format("a token '{}' exists already", token.name));
      }
    }
    plan.append(fleet, {ledger::SubjectKind::operator_, token.name}, token);
    return {};
  });
}

void LiveRegistry::revoke_token(const FleetId& fleet, const std::string& name, const std::string& by, Done done) {
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    CHECK(check_text("by", by, label_bytes_max));
    const bool living = std::ranges::any_of(
        found->tokens, [&](const TokenState& row) { return row.token.name == name && !row.token.revoked; });
    if (!living) return fail(Errc::not_found, "unknown-token", fmt::format("there is no token '{}'", name));
    plan.append(fleet, {ledger::SubjectKind::operator_, name}, facts::TokenRevoked{.name = name, .by = by});
    return {};
  });
}

Result<std::vector<Token>> LiveRegistry::tokens(const FleetId& fleet) const {
  return look(fleet, [](const FleetState& state) -> Result<std::vector<Token>> {
    std::vector<Token> out;
    for (const TokenState& row : state.tokens) out.push_back(row.token);
    return out;
  });
}

Result<Token> LiveRegistry::token_by_hash(const std::string& token_hash) const {
  const std::shared_lock lock(mutex_);
  // Every token is compared, so that the time says nothing about which was nearly right.
  const Token* found = nullptr;
  for (const auto& [id, fleet] : state_.fleets) {
    for (const TokenState& row : fleet.tokens) {
      const bool same = equal_constant_time(as_bytes(row.hash), as_bytes(token_hash));
      if (same && !row.token.revoked) found = &row.token;
    }
  }
  if (found == nullptr) return fail(Errc::unauthenticated, "unknown-token", "the token is not known or was revoked");
  if (found->expires && clock_.now() >= *found->expires) {
    return fail(Errc::unauthenticated, "token-expired", fmt::format("token '{}' has expired", found->name));
  }
  return *found;
}

Counts LiveRegistry::counts() const {
  const std::shared_lock lock(mutex_);
  Counts sum;
  for (const auto& [id, fleet] : state_.fleets) add(sum, fleet.counts);
  return sum;
}

Result<Counts> LiveRegistry::counts(const FleetId& fleet) const {
  return look(fleet, [](const FleetState& state) -> Result<Counts> { return state.counts; });
}

}  // namespace outrider::fleet
