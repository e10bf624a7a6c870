#include "fleet/registry/live_registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/log.h"
#include "fleet/hindsight/decisions.h"
#include "fleet/ways_in/rules.h"
#include "ledger/subject.h"
#include "store/projection.h"

namespace outrider::fleet {
namespace {

// Entries read at once when memory is rebuilt.
constexpr std::size_t reload_entries_max = 2000;

// The kinds that memory follows; readings would only be carried around.
bool concerns_memory(Kind kind) {
  switch (kind) {
    case Kind::telemetry:
    case Kind::event:
    case Kind::log:
    case Kind::message:
    case Kind::application_message:
    case Kind::access_refused:
    case Kind::report_refused:
    case Kind::enrolment_refused:
    case Kind::authority_created:
    case Kind::key_shredded:
    case Kind::identity_suspected:
      return false;
    default:
      return true;
  }
}

}  // namespace

Result<std::unique_ptr<Registry>> Registry::open(store::Database& database, ledger::Ledger& ledger, Options options) {
  auto registry =
      std::make_unique<LiveRegistry>(database, ledger, options.clock != nullptr ? *options.clock : system_clock());
  CHECK(registry->load());
  return registry;
}

Result<void> LiveRegistry::load() {
  TRY(auto session, database_.read());
  TRY(auto state, State::load(session));
  const std::unique_lock lock(mutex_);
  state_ = std::move(state);
  return {};
}

// From the tables, and from the entries after those they hold: everything durable.
Result<State> LiveRegistry::load_state() const {
  TRY(auto session, database_.read());
  TRY(auto state, State::load(session));
  TRY(auto cursors, store::load_cursors(session, registry_reader));
  for (const FleetId& fleet : ledger_.fleets()) {
    std::uint64_t next = cursors[fleet];
    for (;;) {
      TRY(const auto entries, ledger_.read(fleet, next, reload_entries_max));
      if (entries.empty()) break;
      for (const auto& entry : entries) {
        if (concerns_memory(static_cast<Kind>(entry.kind))) state.apply(entry);
      }
      next += entries.size();
    }
  }
  return state;
}

Result<void> LiveRegistry::check_ready() {
  if (!ready_) return fail(Errc::unavailable, "starting", "the registry is catching up with the ledger; try again");
  if (!health_->failed) return {};
  if (health_->outstanding != 0) {
    return fail(Errc::unavailable, "ledger-failed",
                "the ledger has failed to store entries; see outrider ledger status");
  }
  auto state = load_state();
  if (!state) return std::unexpected(std::move(state).error().during("while rebuilding the registry after a failure"));
  state->adopt_grants(state_);
  state_ = *std::move(state);
  ++rebuilds_;
  health_->failed = false;
  log::warn("the ledger failed to store entries; the registry was rebuilt from what is durable");
  return {};
}

bool LiveRegistry::carry_out(Commit& commit, ledger::Draft draft, std::size_t place) {
  // Its number comes when it is read back (State::confirm).
  draft.received = clock_.now();
  const ledger::Entry entry{.number = 0,
                            .kind = draft.kind,
                            .fleet = draft.fleet,
                            .subject = draft.subject,
                            .received = *draft.received,
                            .content_type = draft.content_type,
                            .payload = draft.payload};
  if (!commit.append(ledger_, std::move(draft), place)) return false;
  state_.apply(entry);
  return true;
}

void LiveRegistry::decide(Done done, const Validate& validate, Run run) {
  Plan plan;
  std::shared_ptr<Commit> commit;
  {
    std::unique_lock lock(mutex_);
    auto decided = check_ready();
    if (decided) decided = validate(state_, plan);
    if (!decided || run == Run::dry) {
      lock.unlock();
      return done(std::move(decided));
    }
    commit = std::make_shared<Commit>(health_, std::vector<Result<void>>(plan.drafts.size()),
                                      [done = std::move(done)](std::vector<Result<void>> outcomes) mutable {
                                        const auto bad = std::ranges::find_if(
                                            outcomes, [](const auto& outcome) { return !outcome.has_value(); });
                                        done(bad == outcomes.end() ? Result<void>{} : std::move(*bad));
                                      });
    for (std::size_t i = 0; i < plan.drafts.size(); ++i) {
      if (carry_out(*commit, std::move(plan.drafts[i]), i)) continue;
      // Of a decision of several entries those before stand: each is a decision of its own.
      if (i == 0) {
        plan.expulsions.clear();
        plan.reconsider.reset();
      }
      break;
    }
  }
  expel(plan.expulsions);
  if (plan.reconsider) {
    for (const Reconsider& tell : reconsiderers_) tell(plan.reconsider->fleet, plan.reconsider->device);
  }
  commit->close();
}

void LiveRegistry::expel(const std::vector<Plan::Expulsion>& expulsions) const {
  for (const auto& expulsion : expulsions) {
    for (const Expel& tell : listeners_) tell(expulsion.fleet, expulsion.device, expulsion.serial, expulsion.why);
  }
}

void LiveRegistry::mark_ready(Done done) {
  ready_ = true;
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    for (const auto& [fleet, row] : state.fleets) {
      const auto close = [&](const DeviceId& id, const HolderState& holder) {
        if (holder.session.empty()) return;
        plan.append(fleet, ledger::subject_of(id),
                    facts::SessionClosed{.device = id, .session = holder.session, .reason = "server-restarted"});
      };
      // An earlier process may have ended between a session and the retirement that follows from it.
      const auto retire = [&, now = clock_.now()](const HolderState& holder) {
        if (const Identity* const used = newest_connected(row, holder); used != nullptr)
          plan_retirement(fleet, row, holder, used->serial, now, plan);
      };
      // Or between the end of an anchor and that of the certificates it stood for.
      plan_dismissal(fleet, row, unvouched(row, clock_.now()), "server", plan);
      for (const auto& [id, device] : row.devices) retire(device);
      for (const auto& [id, application] : row.applications) retire(application);
      for (const auto& [id, device] : row.devices) close(id, device);
      for (const auto& [id, application] : row.applications) close(facts::holder_of(id), application);
    }
    return {};
  });
}

Result<void> LiveRegistry::apply(store::Session& session, DecodedEntry& entry) {
  if (concerns_memory(entry.kind())) unseen_.push_back(*entry);
  CHECK(note_decision(session, *entry));
  return tables_.apply(session, entry);
}

void LiveRegistry::committed() {
  if (unseen_.empty()) return;
  std::vector<Connected> connected;
  {
    const std::unique_lock lock(mutex_);
    for (const auto& entry : unseen_) {
      if (ready_) {
        state_.confirm(entry);
        note_connected(entry, connected);
      } else {
        state_.apply(entry);
      }
    }
  }
  unseen_.clear();
  read_back_.notify_all();
  retire_replaced(connected);
}

// With the lock held: is there anything that this session's identity replaces?
void LiveRegistry::note_connected(const ledger::Entry& entry, std::vector<Connected>& connected) const {
  if (static_cast<Kind>(entry.kind) != Kind::session_opened) return;
  const auto fact = json::read<facts::SessionOpened>(as_text(entry.payload));
  const FleetState* const state = fact ? state_.find(entry.fleet) : nullptr;
  const HolderState* const row = state == nullptr ? nullptr : state->find_holder(fact->device);
  if (row == nullptr || row->serials.size() < 2 || row->serials.front() == fact->certificate_serial) return;
  connected.push_back({entry.fleet, fact->device, fact->certificate_serial});
}

void LiveRegistry::rolled_back() {
  tables_.reset();
  unseen_.clear();
}

Result<FleetState*> require_fleet(State& state, const FleetId& fleet) {
  FleetState* const found = state.find(fleet);
  if (found == nullptr)
    return fail(Errc::not_found, "unknown-fleet", fmt::format("there is no fleet '{}'", fleet.value));
  return found;
}

Error unknown_device(const DeviceId& device) {
  return {Errc::not_found, "unknown-device", fmt::format("there is no device '{}'", device.value)};
}

Error unknown_application(const ApplicationId& application) {
  return {Errc::not_found, "unknown-application", fmt::format("there is no application '{}'", application.value)};
}

Error removed_application(const ApplicationId& application) {
  return {Errc::forbidden, "application-removed", fmt::format("application '{}' was removed", application.value)};
}

Result<const HolderState*> require_holder(const FleetState& state, const DeviceId& holder) {
  const HolderState* const found = state.find_holder(holder);
  if (found != nullptr) return found;
  if (const auto application = facts::application_of(holder)) return std::unexpected(unknown_application(*application));
  return std::unexpected(unknown_device(holder));
}

Result<DeviceState*> require_device(FleetState& state, const DeviceId& device) {
  DeviceState* const found = state.find_device(device);
  if (found == nullptr) return std::unexpected(unknown_device(device));
  return found;
}

Result<void> check_text(std::string_view what, std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return {};
  return fail(Errc::too_large, "too-long", fmt::format("{}: longer than {} bytes", what, bytes_max));
}

bool is_sha256_hex(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Error refused_lifecycle(const DeviceId& device, facts::Lifecycle lifecycle) {
  const std::string word = boost::describe::enum_to_string(lifecycle, "?");
  return {Errc::forbidden, "device-" + word, fmt::format("device '{}' is {}", device.value, word)};
}

}  // namespace outrider::fleet
