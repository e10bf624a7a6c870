#include "detect/alerts/alert_book.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrider::detect {
namespace {

// As people shorten it.
constexpr std::size_t prefix_least = 6;

}  // namespace

bool AlertFilter::takes(const Alert& alert) const {
  if (level && alert.said.level != *level) return false;
  if (threat && alert.said.threat != *threat) return false;
  if (device && alert.said.device != *device &&
      std::ranges::find(alert.said.devices, *device) == alert.said.devices.end())
    return false;
  if (!states.empty() && !states.contains(alert.state)) return false;
  return !since || alert.changed >= *since;
}

void AlertBook::apply(const ledger::Entry& entry) {
  const std::lock_guard lock(mutex_);
  Shelf& shelf = shelves_[entry.fleet];
  if (entry.number < shelf.next) return;
  shelf.next = entry.number + 1;
  if (shelf.early.erase(entry.number) == 0) shelf.fold(entry, limits_);
}

void AlertBook::settle(const ledger::Entry& entry) {
  const std::lock_guard lock(mutex_);
  Shelf& shelf = shelves_[entry.fleet];
  if (entry.number >= shelf.next && shelf.early.insert(entry.number).second) shelf.fold(entry, limits_);
}

Result<Alert> AlertBook::find(const FleetId& fleet, std::string_view alert) const {
  const std::lock_guard lock(mutex_);
  if (const auto shelf = shelves_.find(fleet); shelf != shelves_.end() && alert.size() >= prefix_least) {
    const auto& ids = shelf->second.by_id;
    const auto found = ids.lower_bound(alert);
    if (found != ids.end() && found->first.starts_with(alert)) {
      const auto next = std::next(found);
      if (found->first != alert && next != ids.end() && next->first.starts_with(alert))
        return fail(Errc::conflict, "ambiguous-alert", fmt::format("several alerts begin with '{}'", alert));
      return shelf->second.alerts.at(found->second);
    }
  }
  return fail(Errc::not_found, "unknown-alert",
              fmt::format("there is no alert '{}' in '{}', or it was resolved long ago", alert, fleet.value));
}

std::vector<Alert> AlertBook::list(const FleetId& fleet, const AlertFilter& filter, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<Alert> out;
  const auto found = shelves_.find(fleet);
  if (found == shelves_.end()) return out;
  const auto& alerts = found->second.alerts;
  auto at = filter.before ? alerts.lower_bound(*filter.before) : alerts.end();
  while (at != alerts.begin() && out.size() < limit) {
    --at;
    if (filter.takes(at->second)) out.push_back(at->second);
  }
  return out;
}

AlertCounts AlertBook::counts(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  AlertCounts out;
  const auto found = shelves_.find(fleet);
  if (found == shelves_.end()) return out;
  for (const auto& [number, alert] : found->second.alerts) {
    if (alert.state == AlertState::acknowledged) ++out.acknowledged;
    if (alert.state == AlertState::resolved) ++out.resolved;
    if (alert.state == AlertState::open)
      ++(alert.said.level == facts::AlertLevel::page ? out.open_pages : out.open_tickets);
  }
  return out;
}

std::uint64_t AlertBook::next(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  const auto found = shelves_.find(fleet);
  return found == shelves_.end() ? 0 : found->second.next;
}

void AlertBook::measure(Metrics& metrics) const {
  std::vector<FleetId> fleets;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [fleet, shelf] : shelves_) fleets.push_back(fleet);
  }
  AlertCounts all;
  for (const auto& fleet : fleets) {
    const AlertCounts one = counts(fleet);
    all.open_pages += one.open_pages;
    all.open_tickets += one.open_tickets;
    all.acknowledged += one.acknowledged;
  }
  const auto set = [&](std::string_view state, std::string_view level, std::uint64_t count) {
    metrics
        .gauge("outrider_alerts_standing", "Alerts that nobody has resolved",
               {{"state", std::string(state)}, {"level", std::string(level)}})
        .set(static_cast<double>(count));
  };
  set("open", "page", all.open_pages);
  set("open", "ticket", all.open_tickets);
  set("acknowledged", "any", all.acknowledged);
}

std::vector<Suppression> AlertBook::suppressions(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  const auto found = shelves_.find(fleet);
  return found == shelves_.end() ? std::vector<Suppression>() : found->second.suppressions;
}

std::vector<Maintenance> AlertBook::maintenance(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  const auto found = shelves_.find(fleet);
  return found == shelves_.end() ? std::vector<Maintenance>() : found->second.maintenance;
}

Bytes AlertBook::save(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  const auto found = shelves_.find(fleet);
  return written(found == shelves_.end() ? Shelf() : found->second);
}

Result<void> AlertBook::load(const FleetId& fleet, ByteView state) {
  auto shelf = read(state);
  const std::lock_guard lock(mutex_);
  shelves_[fleet] = shelf ? *std::move(shelf) : Shelf();
  if (!shelf) return std::unexpected(std::move(shelf).error());
  return {};
}

void AlertBook::begin(const FleetId& fleet) {
  const std::lock_guard lock(mutex_);
  shelves_[fleet] = {};
}

}  // namespace outrider::detect
