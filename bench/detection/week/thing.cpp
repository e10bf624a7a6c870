#include "bench/detection/week/thing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "sim/model/parts/walker.h"
#include "sim/model/world/climate.h"

namespace outrider::bench {
namespace {

using sim::Position;

constexpr double step_s = 30;
constexpr double rest_after_s = 4.5 * 3600, rest_s = 45 * 60;  // Regulation (EC) 561/2006, article 7
constexpr std::array<std::string_view, sorts> profiles{"container-reefer", "container-dry", "fleet-tracker",
                                                       "field-sensor"};
constexpr std::array<std::string_view, sorts> versions{"5.1.0", "2.7.0", "3.2.1", "1.4.0"};
constexpr std::array<sim::Access, sorts> access{sim::Access::lte_m, sim::Access::lte_m, sim::Access::lte,
                                                sim::Access::nb_iot};
constexpr std::array<sim::Battery::Kind, sorts> packs{{{36, 2, 0.2}, {110, 1, 0.25}, {7.4, 1, 0.15}, {12, 1, 0.3}}};
constexpr std::array<double, sorts> loads_w{0.9, 0.02, 0.55, 0.012};
constexpr std::array<double, 5> setpoints_c{-20, -18, 2, 4, 13.3};
constexpr std::size_t reports_a_day = 96;

constexpr std::size_t index(Sort sort) {
  return static_cast<std::size_t>(sort);
}

}  // namespace

std::string_view profile_of(Sort sort) {
  return profiles.at(index(sort));
}
std::string_view released(Sort sort) {
  return versions.at(index(sort));
}

Thing::Thing(std::uint32_t which, Sort what, std::uint64_t seed)
    : number(which),
      id(fmt::format("{}-{:05}", profiles.at(index(what)), which)),
      sort(what),
      random(sim::seed_of(seed, id)),
      firmware(versions.at(index(what))),
      modem_(access.at(index(what))),
      battery_(packs.at(index(what)), 0) {
  battery_ = sim::Battery(packs.at(index(sort)), random.between(0.6, 0.98));
  iccid = fmt::format("8949{:015}", random.bits() % 1'000'000'000'000'000U);
  imsi = fmt::format("26201{:010}", random.bits() % 10'000'000'000U);
  imei = fmt::format("35{:013}", random.bits() % 10'000'000'000'000U);
  tls = fmt::format("t13-{}-{}", profiles.at(index(sort)), firmware);
  serial = fmt::format("{:016x}", random.bits());
  address = fmt::format("10.{}.{}.{}", 40 + random.below(8), random.below(256), 1 + random.below(254));
  agc_ = random.between(35, 45);
  noise_ = random.between(85, 110);
  indicator_ = random.between(6, 18);
  if (sort == Sort::field) {
    const auto town = sim::some_town(random);
    at_ = sim::moved(town.at, random.between(0, 360), 14'000);
    mcc_ = town.mcc;
  } else {
    road_ = &sim::roads()[random.below(sim::roads().size())];
    onwards_ = random.chance(0.5);
    cruise_ = random.between(21, 25);
    metres_ = road_->length_m() * random.between(0.02, 0.95);
    driven_s_ = random.between(0, rest_after_s);
    odometer_m_ = random.between(4e6, 600e6);
    drive(0);
  }
  if (sort == Sort::reefer) box_.emplace(setpoints_c.at(random.below(setpoints_c.size())), random);
}

// Along the road at the pace of lorries, with the breaks that the law asks for, and hours at both ends.
void Thing::drive(double seconds) {
  stand_s_ = std::max(0.0, stand_s_ - seconds);
  auto place = road_->at(metres_, onwards_);
  const double allowed = place.town_m < 3000 ? std::min(cruise_, 13.9) : cruise_ * random.between(0.93, 1.03);
  speed_ = stand_s_ > 0 && !done.driven ? 0 : sim::approached(speed_, allowed, 1.0 * std::max(seconds, 1.0));
  driven_s_ = speed_ > 0 ? driven_s_ + seconds : driven_s_;
  if (driven_s_ > rest_after_s) {
    driven_s_ = 0;
    stand_s_ = rest_s + random.between(0, 600);
  }
  const double line_m = speed_ * seconds / std::max(1.0, place.stretch);
  metres_ += onwards_ ? line_m : -line_m;
  odometer_m_ += speed_ * seconds;
  if (speed_ > 0 && (metres_ <= 0 || metres_ >= road_->length_m())) {
    metres_ = std::clamp(metres_, 0.0, road_->length_m());
    onwards_ = !onwards_;
    stand_s_ = random.between(2, 9) * 3600;
    driven_s_ = 0;
    speed_ = 0;
    if (random.chance(0.6)) door_left_s_ = random.between(300, 1200);  // it is unloaded
  }
  place = road_->at(metres_, onwards_);
  at_ = place.at;
  heading_ = place.heading;
  mcc_ = place.mcc;
  mast_m_ = place.town_m;
}

void Thing::air(double colder_c) {
  outside_c_ = sim::ambient_celsius(at_, sim::world_start_s + now_s_) - colder_c;
  door_left_s_ = std::max(0.0, door_left_s_ - step_s);
  door_ = door_left_s_ > 0;
  const double sun = sort == Sort::dry ? 14 * sim::daylight(at_, sim::world_start_s + now_s_) : 0;
  inside_c_ += (outside_c_ + sun - inside_c_) * step_s / (sort == Sort::field ? 600 : 9000);
  if (random.chance(step_s / (14 * 3600.0))) plugged_ = false;  // pulled, put back a little later
  if (!plugged_ && random.chance(step_s / 700)) plugged_ = true;
  if (box_) box_->tick(step_s, outside_c_, plugged_ && !done.unplugged, door_, random);
}

void Thing::advance(double now_s, double colder_c) {
  elapsed_s_ = std::max(1.0, now_s - now_s_);
  while (now_s_ + step_s <= now_s) {
    now_s_ += step_s;
    if (road_ != nullptr) drive(step_s);
    air(colder_c);
    // A tracker is wired to its vehicle's battery, a reefer to its plug.
    const bool fed = !done.unplugged && ((sort == Sort::reefer && plugged_) || sort == Sort::tracker);
    double supply_w = fed && !weak_battery ? 8 : 0;
    if (sort == Sort::field && !weak_battery) supply_w = 0.35 * sim::daylight(at_, sim::world_start_s + now_s_);
    const double aged = weak_battery ? packs.at(index(sort)).capacity_wh / 100 : 0;  // four days and it is flat
    const double drained = done.drained_percent_h / 100 * packs.at(index(sort)).capacity_wh;
    battery_.advance(step_s, loads_w.at(index(sort)) + aged + drained, done.drained_percent_h > 0 ? 0 : supply_w);
  }
  done.north_m += done.drag_north_ms * elapsed_s_;
  done.east_m += done.drag_east_ms * elapsed_s_;
}

std::string Thing::report(bool tunnel) {
  std::string out = "[";
  const auto put = [&](std::string_view text) { out.append(out.size() > 1 ? "," : "").append(text); };
  const auto figure = [&](std::string_view name, std::string_view unit, double value, int decimals) {
    put(unit.empty() ? fmt::format(R"({{"n":"{}","v":{:.{}f}}})", name, value, decimals)
                     : fmt::format(R"({{"n":"{}","u":"{}","v":{:.{}f}}})", name, unit, value, decimals));
  };
  const auto text = [&](std::string_view name, std::string_view value) {
    put(fmt::format(R"({{"n":"{}","vs":"{}"}})", name, value));
  };
  const auto flag = [&](std::string_view name, bool value) {
    put(fmt::format(R"({{"n":"{}","vb":{}}})", name, value));
  };

  gnss_.fix(elapsed_s_, mast_m_ < 2000 && road_ != nullptr ? sim::Sky::street : sim::Sky::open, random);
  const bool fix = !tunnel && done.jammed_db < 12;
  if (fix) {
    Position seen = gnss_.seen(at_);
    seen.lat += done.north_m / sim::metres_per_degree;
    seen.lon += done.east_m / (sim::metres_per_degree * std::cos(seen.lat * 0.017453292519943295));
    figure("lat", "lat", seen.lat, 6);
    figure("lon", "lon", seen.lon, 6);
    figure("hdop", "", gnss_.hdop(), 1);
    if (road_ != nullptr) {
      figure("speed", "m/s", speed_, 1);
      figure("heading", "deg", std::fmod(heading_, 360.0), 1);
    }
  }
  figure("satellites", "", fix ? gnss_.satellites() : 2, 0);
  figure("cn0", "dB", (done.spoofed_sky ? 46 : gnss_.cn0()) - 0.8 * done.jammed_db - (tunnel ? 15 : 0), 1);
  figure("cn0_spread", "dB", done.spoofed_sky ? random.between(0.5, 1.2) : random.between(3.5, 6), 1);
  figure("agc", "", agc_ - 0.9 * done.jammed_db - (done.spoofed_sky ? 4 : 0) + random.normal(0, 0.5), 1);
  figure("noise", "", noise_ + 3 * done.jammed_db + random.normal(0, 2), 0);
  figure("jamming", "", std::clamp(indicator_ + 8 * done.jammed_db + random.normal(0, 2), 0.0, 255.0), 0);

  modem_.camp(at_, mcc_, 0, tunnel ? 18 : 0, random);
  const sim::Cell& cell = done.rogue ? *done.rogue : modem_.serving();
  text("rat", cell.rat);
  text("cipher", cell.cipher);
  figure("mcc", "", cell.mcc, 0);
  figure("mnc", "", cell.mnc, 0);
  figure("tac", "", cell.tac, 0);
  figure("cell", "", static_cast<double>(cell.cell), 0);
  if (!done.rogue) figure("pci", "", cell.pci, 0);
  if (done.rogue) flag("identity_request", true);
  figure("rsrp", "dBm", cell.rsrp, 0);
  figure("timing_advance", "", cell.timing_advance, 0);
  figure("neighbours", "", cell.neighbours, 0);
  text("iccid", iccid);
  text("imsi", imsi);
  text("imei", imei);

  if (box_) {
    Air now{box_->return_air() + random.normal(0, 0.03), box_->supply_air() + random.normal(0, 0.03)};
    history_.push_back(now);
    if (done.frozen) now = *(held_ = held_.value_or(now));
    if (!done.frozen) held_.reset();
    if (done.replayed && history_.size() > reports_a_day) now = history_[history_.size() - 1 - reports_a_day];
    figure("temperature", "Cel", now.back + done.warmer_c, 1);
    figure("supply_temperature", "Cel", now.supply, 1);
    figure("setpoint", "Cel", box_->setpoint(), 1);
    figure("ambient_temperature", "Cel", outside_c_ + random.normal(0, 0.1), 1);
    figure("humidity", "%RH", box_->humidity(), 1);
    flag("compressor", box_->compressor());
    flag("door", door_);
    flag("power", plugged_ && !done.unplugged);
  } else if (sort != Sort::tracker) {
    figure("temperature", "Cel", inside_c_ + random.normal(0, 0.05), 1);
    figure("humidity", "%RH", std::clamp(62 - 1.6 * (inside_c_ - outside_c_) + random.normal(0, 0.3), 10.0, 99.0), 1);
    if (sort == Sort::dry) flag("door", door_ || done.opened);
    figure("light", "lx", done.opened || door_ ? 60 + 400 * random.unit() : 0, 0);
  } else {
    figure("odometer", "m", odometer_m_, 0);
    flag("power", !done.unplugged);
  }
  if (sort != Sort::field) flag("enclosure", done.opened);
  figure("battery", "%", battery_.percent(), 1);
  figure("battery_v", "V", battery_.voltage(), 3);
  text("firmware", firmware);
  figure("boot_count", "", boots, 0);
  return out + "]";
}

}  // namespace outrider::bench
