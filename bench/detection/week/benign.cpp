// What looks like an attack and is none: an outage of a carrier, a cold snap, a mass update, old batteries, events
// from the road. Border crossings, holes in the coverage and tunnels come with every device.
#include <fmt/format.h>

#include "bench/detection/week/week.h"
#include "facts/facts.h"

namespace outrider::bench {
namespace {

constexpr double day = 86400, hour = 3600;
constexpr double update_hours = 30;

void update(Week& week, Thing& thing, std::string version) {
  thing.firmware = std::move(version);
  ++thing.boots;
  thing.tls = fmt::format("t13-{}-{}", profile_of(thing.sort), thing.firmware);
  week.reconnect(thing, "disconnected");
}

}  // namespace

void plan_benign(Week& week) {
  sim::Random& dice = week.dice();
  const double days = week.question().days;
  week.outages.push_back({262, days * 0.42 * day, days * 0.42 * day + 2.5 * hour});
  week.outages.push_back({204, days * 0.71 * day, days * 0.71 * day + 1.2 * hour});
  week.cold_from_s = days * 0.55 * day;
  week.cold_until_s = week.cold_from_s + 36 * hour;
  for (std::size_t i = 0; i < week.devices(); ++i) {
    Thing& thing = week.thing(i);
    if (dice.chance(0.005)) thing.weak_battery = true;
    // The reefers are updated on the fourth day, some first, then more and more.
    if (thing.sort == Sort::reefer) {
      const double share = dice.unit();
      week.at((days * 0.5 * day) + std::sqrt(share) * update_hours * hour,
              [&week, &thing] { update(week, thing, "5.2.0"); });
    }
    // Bumps of the road, now and then.
    if (thing.sort == Sort::dry && dice.chance(0.5))
      week.at(dice.between(0, days * day), [&week, &thing, shock = dice.between(5, 25)] {
        week.append(Kind::event, thing.id, fmt::format(R"([{{"n":"shock","u":"m/s2","v":{:.1f}}}])", shock),
                    "application/senml+json");
      });
  }
}

}  // namespace outrider::bench
