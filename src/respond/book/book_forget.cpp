// What is forgotten, and when. In portions, so that each alert costs little: all rows are looked at once for a
// twentieth of them.
#include <algorithm>
#include <tuple>

#include "respond/book/book.h"

namespace outrider::respond {
namespace {

// What is left when a bound was passed.
constexpr std::size_t kept(std::size_t bound) {
  return bound - bound / 20;
}

// Of an alert: what is lost with it.
struct Weight {
  bool busy = false;  // something is under way or in force
  std::size_t responses = 0;
};

}  // namespace

void Book::forget_some() {
  if (alerts_.size() <= bounds_.alerts && responses_.size() + wanted_.size() <= bounds_.responses) return;
  std::map<std::string, Weight> weights;
  for (const auto& [id, row] : responses_) {
    Weight& weight = weights[row.alert];
    weight.busy = weight.busy || under_way(row.state) || in_force(row);
    ++weight.responses;
  }
  for (const auto& [id, row] : wanted_) ++weights[row.alert].responses;

  // busy, not resolved, a page, entry: the smallest goes first.
  using Rank = std::tuple<bool, bool, bool, std::uint64_t>;
  std::vector<std::pair<Rank, std::string>> order;
  for (const auto& [id, row] : alerts_) {
    const auto weight = weights.find(id);
    order.emplace_back(Rank{weight != weights.end() && weight->second.busy, !row.resolved.has_value(),
                            row.level == facts::AlertLevel::page, row.entry},
                       id);
  }
  std::ranges::sort(order);
  std::size_t alerts = alerts_.size();
  std::size_t responses = responses_.size() + wanted_.size();
  std::set<std::string> victims;
  for (const auto& [rank, id] : order) {
    if (alerts <= kept(bounds_.alerts) && responses <= kept(bounds_.responses)) break;
    victims.insert(id);
    --alerts;
    if (const auto weight = weights.find(id); weight != weights.end()) responses -= weight->second.responses;
  }
  forget(victims);
}

void Book::forget(const std::set<std::string>& alerts) {
  for (const auto& id : alerts) {
    const auto alert = alerts_.find(id);
    if (const auto of_device = alerts_of_.find(alert->second.device); of_device != alerts_of_.end()) {
      of_device->second.erase(id);
      if (of_device->second.empty()) alerts_of_.erase(of_device);
    }
    alerts_.erase(alert);
  }
  std::erase_if(wanted_, [&](const auto& item) { return alerts.contains(item.second.alert); });
  // What is in force stays without its alert, and goes at a later time, when that is over.
  std::erase_if(responses_, [&](const auto& item) {
    const Response& row = item.second;
    if (alerts_.contains(row.alert) || in_force(row)) return false;
    if (under_way(row.state) && !alerts.contains(row.alert)) return false;
    if (row.state == State::started) intents_.erase(row.entry);
    return true;
  });
}

// Those that have ended before those that wait for a person, these before those that are due, and the oldest first.
void Book::forget_actuations() {
  if (actuations_.size() <= forget_actuations_at_) return;
  std::vector<std::tuple<int, Timestamp, std::string>> order;
  std::size_t ended = 0;
  for (const auto& [id, row] : actuations_) {
    const int rank = !under_way(row.state) ? 0 : row.state == ActuationState::held ? 1 : 2;
    if (rank == 0) ++ended;
    order.emplace_back(rank, row.created, id);
  }
  std::ranges::sort(order);
  const std::size_t ended_kept = kept(bounds_.ended_actuations);
  std::size_t drop = ended > ended_kept ? ended - ended_kept : 0;
  if (actuations_.size() > bounds_.actuations) drop = std::max(drop, actuations_.size() - kept(bounds_.actuations));
  for (std::size_t i = 0; i < drop; ++i) {
    const auto victim = actuations_.find(std::get<2>(order.at(i)));
    if (const auto held = held_.find(whose_of(victim->second)); held != held_.end() && held->second == victim->first)
      held_.erase(held);
    actuations_.erase(victim);
  }
  forget_actuations_at_ = std::min(actuations_.size() + bounds_.ended_actuations - ended_kept, bounds_.actuations);
}

}  // namespace outrider::respond
