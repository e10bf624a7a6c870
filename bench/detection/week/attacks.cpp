// The week's attacks. Each takes a device of its own, so that one cannot hide or give away another; strengths are drawn
// from what such attacks are known to look like, not from what is looked for.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "bench/detection/week/week.h"
#include "facts/facts.h"

namespace outrider::bench {
namespace {

constexpr double hour = 3600, minute = 60;
using Senml = std::string;

std::string attacker_address(sim::Random& dice) {
  return fmt::format("203.0.{}.{}", dice.below(256), 1 + dice.below(254));
}

void event(Week& week, const Thing& thing, std::string_view records) {
  week.append(Kind::event, thing.id, records, "application/senml+json");
}

// The thief's copy connects; the device takes its place back; and so on.
void clone(Week& week, Thing& thing, double) {
  sim::Random& dice = week.dice();
  const auto address = attacker_address(dice);
  double when = week.now();
  for (int turn = 0, turns = 4 + static_cast<int>(dice.below(5)); turn < turns; ++turn) {
    when += dice.between(10, 60);
    week.at(when, [&week, &thing, address] {
      week.close(thing, "taken-over");
      week.open(thing, address, "RU", 65'010, "t13-python");
    });
    when += dice.between(10, 60);
    week.at(when, [&week, &thing] { week.reconnect(thing, "taken-over"); });
  }
}

void jump(Week& week, Thing& thing, double) {
  const double far = week.dice().between(5'000, 60'000), where = week.dice().between(0, 6.28);
  thing.done.north_m = far * std::cos(where);
  thing.done.east_m = far * std::sin(where);
}

void drag(Week& week, Thing& thing, double) {
  const double pace = week.dice().between(1, 8), where = week.dice().between(0, 6.28);
  thing.done.drag_north_ms = pace * std::cos(where);
  thing.done.drag_east_ms = pace * std::sin(where);
  thing.done.spoofed_sky = true;
}

void jam(Week& week, Thing& thing, double) {
  thing.done.jammed_db = week.dice().between(8, 25);
}

void rogue(Week& week, Thing& thing, double) {
  sim::Random& dice = week.dice();
  thing.done.rogue = sim::Cell{.rat = "gsm",
                               .cipher = "a5/0",
                               .mcc = thing.mcc(),
                               .mnc = sim::mnc_of(thing.mcc()),
                               .tac = static_cast<int>(60'000 + dice.below(5'000)),
                               .cell = static_cast<std::int64_t>(1 + dice.below(65'000)),
                               .rsrp = dice.between(-60, -50),
                               .timing_advance = 0,
                               .neighbours = 0};
}

void swap_sim(Week& week, Thing& thing, double) {
  sim::Random& dice = week.dice();
  if (dice.chance(0.5)) {  // another SIM in the device
    thing.iccid = fmt::format("8970{:015}", dice.bits() % 1'000'000'000'000'000U);
    thing.imsi = fmt::format("25001{:010}", dice.bits() % 10'000'000'000U);
  } else {  // the SIM in another modem, which speaks with the device's key
    thing.imei = fmt::format("86{:013}", dice.bits() % 10'000'000'000'000U);
  }
}

void offset(Week& week, Thing& thing, double) {
  thing.done.warmer_c = week.dice().between(3, 8) * (week.dice().chance(0.5) ? 1 : -1);
}
void freeze(Week&, Thing& thing, double) {
  thing.done.frozen = true;
}
void replay(Week&, Thing& thing, double) {
  thing.done.replayed = true;
}

void tamper(Week& week, Thing& thing, double) {
  thing.done.opened = true;
  thing.done.unplugged = week.dice().chance(0.5);
  event(week, thing, R"([{"n":"enclosure","vb":true},{"n":"light","u":"lx","v":220}])");
  week.at(week.now() + 40, [&week, &thing] {
    event(week, thing, R"([{"n":"shock","u":"m/s2","v":31.5},{"n":"tilt","u":"deg","v":48}])");
  });
  if (thing.done.unplugged)
    week.at(week.now() + 90, [&week, &thing] { event(week, thing, R"([{"n":"power","vb":false}])"); });
}

void steal(Week& week, Thing& thing, double until) {
  tamper(week, thing, until);
  thing.done.driven = true;
  week.at(week.now() + week.dice().between(1, 2) * hour, [&thing] { thing.done.mute = true; });
}

void drain(Week& week, Thing& thing, double) {
  thing.done.drained_percent_h = week.dice().between(12, 40);
}

void flood(Week& week, Thing& thing, double) {
  const double pace = week.dice().between(4, 15);  // a second
  for (int i = 0; i < 600; ++i)
    week.at(week.now() + i / pace, [&week, &thing] {
      week.append(Kind::event, thing.id, R"([{"n":"shock","u":"m/s2","v":1}])", "application/senml+json");
    });
  for (int i = 0; i < 10; ++i)
    week.at(week.now() + 10 + i * minute, [&week, &thing, pace] {
      facts::AccessRefused refused;
      refused.device = thing.id;
      refused.action = "publish";
      refused.object = fmt::format("d/{}/event", thing.id);
      refused.rule = "rate-exceeded";
      refused.address = thing.address;
      refused.count = static_cast<std::uint64_t>(60 * pace);
      week.say(thing.id, refused);
    });
}

void probe(Week& week, Thing& thing, double) {
  const auto others = 8 + week.dice().below(40);
  for (std::size_t i = 0; i < others; ++i)
    week.at(week.now() + static_cast<double>(i) * week.dice().between(2, 40), [&week, &thing] {
      facts::AccessRefused refused;
      refused.device = thing.id;
      refused.action = week.dice().chance(0.5) ? "publish" : "subscribe";
      refused.object = fmt::format("d/{}/telemetry", week.thing(week.dice().below(week.devices())).id);
      refused.rule = "foreign-topic";
      refused.address = thing.address;
      week.say(thing.id, refused);
    });
}

void roll_back(Week& week, Thing& thing, double) {
  constexpr std::array<std::string_view, sorts> old{"4.8.1", "2.3.0", "2.9.0", "1.1.0"};
  thing.firmware = old.at(static_cast<std::size_t>(thing.sort));
  ++thing.boots;
  week.reconnect(thing, "disconnected");
}

void hush(Week&, Thing& thing, double) {
  thing.done.mute = true;
}

void enrol(Week& week, Thing& thing, double) {
  const auto address = attacker_address(week.dice());
  const auto tries = 10 + week.dice().below(60);
  for (std::size_t i = 0; i < tries; ++i)
    week.at(week.now() + static_cast<double>(i) * 9, [&week, &thing, address] {
      week.say(thing.id, facts::EnrolmentRefused{thing.id, week.dice().chance(0.8) ? "code-unknown" : "code-used", "",
                                                 address + ":40000"});
    });
}

using Sorts = std::span<const Sort>;
struct Recipe {
  std::string_view name;
  bool certain;
  std::array<std::string_view, 2> threats;
  void (*begin)(Week&, Thing&, double until);
  double least_h, most_h;
  Sorts sorts;
  bool at_rest = false;  // begins while it stands
};

constexpr std::array any{Sort::reefer, Sort::dry, Sort::tracker, Sort::field};
constexpr Sorts moving = Sorts(any).first(3), boxes = Sorts(any).first(2), reefers = Sorts(any).first(1);
constexpr std::array unfed{Sort::dry, Sort::field};
constexpr std::array recipes{
    Recipe{"battery attack", false, {"battery-attack", ""}, &drain, 3, 8, unfed},
    Recipe{"cloned identity", true, {"cloned-identity", "stolen-credentials"}, &clone, 0.5, 1, any},
    Recipe{"enrolment abuse", true, {"enrolment-abuse", ""}, &enrol, 0.3, 0.5, any},
    Recipe{"firmware rollback", true, {"firmware-rollback", ""}, &roll_back, 12, 24, any},
    Recipe{"flooding", true, {"flooding", ""}, &flood, 0.5, 1, any},
    Recipe{"GNSS drag-off", false, {"false-position", "gnss-spoofing"}, &drag, 2, 5, moving},
    Recipe{"GNSS jump", true, {"false-position", "gnss-spoofing"}, &jump, 1, 5, moving},
    Recipe{"jamming", false, {"gnss-jamming", ""}, &jam, 1, 4, moving},
    Recipe{"probing others", true, {"impersonation", "lateral-movement"}, &probe, 0.3, 0.6, any},
    Recipe{"rogue base station", false, {"rogue-base-station", ""}, &rogue, 1, 3, moving},
    Recipe{"silence", false, {"silence", ""}, &hush, 24, 30, any},
    Recipe{"SIM swap", true, {"sim-swap", ""}, &swap_sim, 12, 24, any},
    Recipe{"tampering", false, {"tampering", "theft"}, &tamper, 1, 3, boxes, true},
    Recipe{"temperature freeze", false, {"sensor-manipulation", ""}, &freeze, 8, 16, reefers},
    Recipe{"temperature offset", false, {"sensor-manipulation", "physical-limit"}, &offset, 4, 12, reefers},
    Recipe{"temperature replay", false, {"sensor-manipulation", ""}, &replay, 8, 16, reefers},
    Recipe{"theft", false, {"theft", "tampering"}, &steal, 4, 12, boxes, true},
};

// Begins now, or a quarter of an hour later when it has to stand and does not yet.
void launch(Week& week, const Recipe& recipe, Thing& thing) {
  if (recipe.at_rest && !thing.standing()) {
    week.at(week.now() + 15 * minute, [&week, &recipe, &thing] { launch(week, recipe, thing); });
    return;
  }
  const double until = week.now() + week.dice().between(recipe.least_h, recipe.most_h) * hour;
  week.results().add({.name = recipe.name,
                      .certain = recipe.certain,
                      .threats = recipe.threats,
                      .from_s = week.now(),
                      .until_s = until,
                      .victims = {thing.id}});
  recipe.begin(week, thing, until);
  week.at(until, [&thing] { thing.done = {}; });
}

}  // namespace

void plan_attacks(Week& week) {
  const double days = week.question().days;
  const std::size_t each = std::max<std::size_t>(3, week.devices() / 400);
  for (const Recipe& recipe : recipes)
    for (std::size_t i = 0; i < each; ++i) {
      Thing& thing = week.fresh_victim(recipe.sorts);
      thing.weak_battery = false;
      const double last = std::max(0.5, days - (recipe.most_h + 1) / 24);
      const double when = week.dice().between(std::min(0.35 * days, last), last) * 86400;
      week.at(when, [&week, &recipe, &thing] { launch(week, recipe, thing); });
    }
}

}  // namespace outrider::bench
