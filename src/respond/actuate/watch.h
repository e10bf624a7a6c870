#pragma once
// Watches readings for actuating rules: a rule fires when its condition becomes true of a device, and again only after
// it was false in between. Bounded: conditions_max conditions that hold, routes_max routes. One thread at a time.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "facts/alerts.h"
#include "respond/actuate/report.h"
#include "respond/playbook/playbook.h"

namespace outrider::respond {

inline constexpr std::size_t conditions_max = 500'000;  // five rules of every device of the largest fleet
inline constexpr std::size_t routes_max = 100'000;
inline constexpr std::size_t route_points_max = 1'000;

// What made a rule fire.
struct Fired {
  std::optional<double> lat, lon, value;
  Timestamp measured;
  bool crowded = false;  // it may have held before: there was no room to remember
};

class Watch {
 public:
  explicit Watch(std::size_t most = conditions_max) : most_(most) {}
  // Replaces the device's route; without points it has none any more.
  void set_route(const facts::RouteAssigned& route);
  // Looks at a report of the device. `key` names playbook and rule.
  std::optional<Fired> look(const std::string& key, const ActuatingRule& rule, const std::string& device,
                            const Report& report);

  // What was seen of the rules whose keys begin so; each fires once more where it holds.
  void forget_rules(const std::string& keys);

  const std::map<std::string, facts::RouteAssigned>& routes() const { return routes_; }
  const std::set<std::string>& holding() const { return holding_; }
  void set_holding(std::set<std::string> holding) { holding_ = std::move(holding); }

 private:
  std::optional<bool> holds(const ActuatingRule& rule, const std::string& device, const Fired& at) const;

  std::size_t most_;                                    // conditions
  std::map<std::string, facts::RouteAssigned> routes_;  // by device
  std::set<std::string> holding_;                       // "<key>/<device>"
};

// Distance in metres from a position to a route, WGS 84; a sphere is good to half a per cent.
double distance_m(double lat, double lon, const std::vector<facts::RoutePoint>& route);

}  // namespace outrider::respond
