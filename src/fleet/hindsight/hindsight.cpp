#include "fleet/hindsight/hindsight.h"

#include <fmt/format.h>

#include "base/json.h"
#include "facts/holder.h"
#include "fleet/hindsight/decisions.h"
#include "fleet/registry/admission.h"
#include "fleet/registry/live_registry.h"
#include "fleet/state/state.h"
#include "store/projection.h"

namespace outrider::fleet {
namespace {

constexpr std::size_t unindexed_entries_max = 2000;  // read at once

template <class Fact, class Get>
std::string about(const ledger::Entry& entry, Get get) {
  const auto fact = json::read<Fact>(as_text(entry.payload));
  return fact ? get(*fact) : std::string();
}

std::string reason(const std::string& why, const std::string& by) {
  return fmt::format("{} (by {})", why, by);
}

std::string about(const ledger::Entry& entry) {
  switch (static_cast<Kind>(entry.kind)) {
    case Kind::device_state_changed:
      return about<facts::DeviceStateChanged>(entry, [](const auto& fact) { return reason(fact.why, fact.by); });
    case Kind::device_retired:
      return about<facts::DeviceRetired>(entry, [](const auto& fact) { return reason(fact.why, fact.by); });
    case Kind::profile_added:
      return about<facts::ProfileAdded>(entry, [](const auto& fact) { return fact.profile.value; });
    case Kind::identity_issued:
      return about<facts::IdentityIssued>(entry, [](const auto& fact) { return fact.serial; });
    case Kind::identity_revoked:
      return about<facts::IdentityRevoked>(entry, [](const auto& fact) { return fact.serial; });
    default:
      return {};
  }
}

}  // namespace

Hindsight::Hindsight() : state_(std::make_unique<State>()) {}
Hindsight::~Hindsight() = default;
Hindsight::Hindsight(Hindsight&&) noexcept = default;
Hindsight& Hindsight::operator=(Hindsight&&) noexcept = default;

Result<Hindsight> Hindsight::look_back(store::Database& database, const ledger::Ledger& ledger, const FleetId& fleet,
                                       const DeviceId& holder, std::uint64_t last) {
  Hindsight out;
  out.fleet_ = fleet;
  out.holder_ = holder;
  TRY(auto session, database.read());
  TRY(auto cursors, store::load_cursors(session, registry_reader));
  TRY(const auto numbers, decisions_of(session, fleet, holder, last));
  for (const std::uint64_t number : numbers) {
    TRY(const auto entries, ledger.read(fleet, number, 1));
    if (entries.empty())
      return fail(Errc::corrupt, "entry-missing",
                  fmt::format("entry {} of fleet '{}' cannot be read", number, fleet.value));
    out.follow(entries.front());
  }
  // What the index has not seen yet.
  for (std::uint64_t next = cursors[fleet]; next <= last;) {
    TRY(const auto entries, ledger.read(fleet, next, unindexed_entries_max));
    if (entries.empty()) break;
    for (const auto& entry : entries) {
      if (entry.number <= last && concerns(entry, holder)) out.follow(entry);
    }
    next += entries.size();
  }
  if (out.fleet_state() == nullptr)
    return fail(Errc::not_found, "unknown-fleet", fmt::format("there is no fleet '{}' at that entry", fleet.value));
  return out;
}

void Hindsight::follow(const ledger::Entry& entry) {
  state_->apply(entry);
  decided_.push_back({entry.number, static_cast<Kind>(entry.kind), entry.received, about(entry)});
}

const FleetState* Hindsight::fleet_state() const {
  return std::as_const(*state_).find(fleet_);
}

Result<Admission> Hindsight::admit(const std::string& serial, Timestamp now) const {
  return judge_admission(*fleet_state(), {holder_, serial, {}}, now);
}

Result<void> Hindsight::may_enrol(facts::EnrolmentRight right, const std::string& renews, Timestamp now) const {
  facts::IdentityIssued wanted;
  wanted.device = holder_;
  wanted.right = right;
  const HolderState* const row = fleet_state()->find_holder(holder_);
  if (right == facts::EnrolmentRight::code && row != nullptr) wanted.code_hash = row->open_code;
  if (right != facts::EnrolmentRight::code) wanted.renews_serial = renews;
  return check_issue(*fleet_state(), wanted, now);
}

bool Hindsight::exists() const {
  return fleet_state()->find_holder(holder_) != nullptr;
}

std::optional<facts::Lifecycle> Hindsight::lifecycle() const {
  const DeviceState* const row = fleet_state()->find_device(holder_);
  if (row == nullptr) return std::nullopt;
  return row->device.lifecycle;
}

std::shared_ptr<const Profile> Hindsight::profile() const {
  const DeviceState* const row = fleet_state()->find_device(holder_);
  if (row == nullptr) return nullptr;
  const auto found = fleet_state()->profiles.find(row->device.profile);
  return found == fleet_state()->profiles.end() ? nullptr : found->second;
}

std::optional<Grants> Hindsight::grants() const {
  const auto application = facts::application_of(holder_);
  const ApplicationState* const row = application ? fleet_state()->find_application(*application) : nullptr;
  if (row == nullptr) return std::nullopt;
  return *row->grants->now();
}

std::vector<Identity> Hindsight::identities() const {
  std::vector<Identity> out;
  const HolderState* const row = fleet_state()->find_holder(holder_);
  if (row == nullptr) return out;
  for (auto serial = row->serials.rbegin(); serial != row->serials.rend(); ++serial)
    out.push_back(*fleet_state()->find_identity(*serial));
  return out;
}

bool Hindsight::has_code() const {
  const HolderState* const row = fleet_state()->find_holder(holder_);
  return row != nullptr && !row->open_code.empty();
}

std::optional<Decided> Hindsight::last(Kind kind, const std::string& about) const {
  for (auto one = decided_.rbegin(); one != decided_.rend(); ++one) {
    if (one->kind == kind && (about.empty() || one->about == about)) return *one;
  }
  return std::nullopt;
}

Result<std::optional<std::uint64_t>> last_entry_by(const ledger::Ledger& ledger, const FleetId& fleet, Timestamp time) {
  TRY(const std::uint64_t durable, ledger.durable(fleet));
  std::uint64_t low = 0;  // entries before it were received by then
  std::uint64_t high = durable;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    TRY(const auto entries, ledger.read(fleet, middle, 1));
    if (entries.empty()) return fail(Errc::corrupt, "entry-missing", fmt::format("entry {} cannot be read", middle));
    if (entries.front().received <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::optional<std::uint64_t>();
  return std::optional(low - 1);
}

}  // namespace outrider::fleet
