#include "sim/model/parts/voyage.h"

#include <algorithm>
#include <array>

namespace outrider::sim {
namespace {

constexpr std::uint64_t ships = 1'000'000'000;

constexpr double harbour_speed = 4.0;  // m/s; a vessel under pilot, a terminal tractor
constexpr double harbour_acceleration = 0.3;
constexpr double hour_s = 3600.0;

struct Leg {
  const Corridor* corridor;
  bool onwards;
};

// The journey's legs in the direction of travel.
Leg first_leg(const Journey& j, bool outward) {
  return outward ? Leg{j.inland, j.inland_onwards} : Leg{j.hinterland, !j.hinterland_onwards};
}
Leg sea_leg(const Journey& j, bool outward) {
  return {j.lane, j.lane_onwards == outward};
}
Leg last_leg(const Journey& j, bool outward) {
  return outward ? Leg{j.hinterland, j.hinterland_onwards} : Leg{j.inland, !j.inland_onwards};
}

Position beginning(const Leg& leg) {
  return leg.onwards ? leg.corridor->points().front().at : leg.corridor->points().back().at;
}

}  // namespace

Voyage::Voyage(Random& random) : journey_(&journeys()[random.below(journeys().size())]) {
  outward_ = random.chance(0.5);
  static constexpr std::array likely{Phase::lorry_out,   Phase::terminal_out, Phase::at_sea,  Phase::at_sea,
                                     Phase::terminal_in, Phase::lorry_in,     Phase::customer};
  const Phase start = likely[random.below(likely.size())];
  // Where the phase before would have left it.
  const Leg before = start == Phase::terminal_out  ? first_leg(*journey_, outward_)
                     : start == Phase::terminal_in ? sea_leg(*journey_, outward_)
                                                   : last_leg(*journey_, outward_);
  const auto place = before.corridor->at(before.onwards ? before.corridor->length_m() : 0, before.onwards);
  at_ = place.at;
  heading_ = place.heading;
  mcc_ = place.mcc;
  enter(start, random);
  const double along = random.between(0.03, 0.9);
  const auto begin_at = [&](auto& carrier) {
    carrier.place(along);
    at_ = carrier.where().at;
    heading_ = carrier.heading();
    mcc_ = carrier.where().mcc;
  };
  if (auto* driver = std::get_if<RoadDriver>(&carrier_)) begin_at(*driver);
  if (auto* helm = std::get_if<Helm>(&carrier_)) begin_at(*helm);
  wait_s_ *= along;
}

void Voyage::enter(Phase phase, Random& random) {
  phase_ = phase;
  carry_speed_ = 0;
  ship_owed_s_ = 0;
  carrier_ = std::monostate{};
  const auto lorry = [&](const Leg& leg) {
    carrier_.emplace<RoadDriver>(*leg.corridor, leg.onwards, random.between(21.0, 24.5), random);
    mcc_ = std::get<RoadDriver>(carrier_).where().mcc;
  };
  switch (phase) {
    case Phase::lorry_out:
      lorry(first_leg(*journey_, outward_));
      break;
    case Phase::lorry_in:
      lorry(last_leg(*journey_, outward_));
      break;
    case Phase::at_sea: {
      const Leg leg = sea_leg(*journey_, outward_);
      carrier_.emplace<Helm>(*leg.corridor, leg.onwards, random.between(7.5, 10.5));  // 15 to 20 knots
      ship_ = 1 + random.bits() % ships;  // each its own: one cell is not on two oceans
      break;
    }
    case Phase::terminal_out:
    case Phase::terminal_in:
      wait_s_ = random.between(6 * hour_s, 60 * hour_s);
      break;
    case Phase::customer:
      wait_s_ = random.between(8 * hour_s, 36 * hour_s);
      break;
  }
}

double Voyage::speed() const {
  if (const auto* driver = std::get_if<RoadDriver>(&carrier_)) return driver->speed();
  if (const auto* helm = std::get_if<Helm>(&carrier_)) return helm->speed();
  return carry_speed_;
}

bool Voyage::wait_and_carry(Position to) {
  if (wait_s_ > 0) {
    wait_s_ -= tick_road_s;
    return false;
  }
  const double left = distance_m(at_, to);
  if (left < 1.0) return true;
  const double wanted = std::min(harbour_speed, std::max(0.5, left / 20.0));
  carry_speed_ = approached(carry_speed_, wanted, harbour_acceleration);
  heading_ = bearing_deg(at_, to);
  at_ = moved(at_, heading_, std::min(left, carry_speed_ * tick_road_s));
  return false;
}

void Voyage::drive(Random& random) {
  auto& driver = std::get<RoadDriver>(carrier_);
  driver.tick(random);
  at_ = driver.where().at;
  heading_ = driver.heading();
  mcc_ = driver.where().mcc;
  if (driver.arrived()) enter(phase_ == Phase::lorry_out ? Phase::terminal_out : Phase::customer, random);
}

void Voyage::sail() {
  auto& helm = std::get<Helm>(carrier_);
  // Between two looks of the helmsman the ship runs straight on, so that one second of it can be seen too.
  ship_owed_s_ += tick_road_s;
  if (ship_owed_s_ < tick_ship_s) return;
  ship_owed_s_ -= tick_ship_s;
  helm.tick();
  at_ = helm.where().at;
  heading_ = helm.heading();
  mcc_ = helm.where().mcc;
}

void Voyage::tick(Random& random) {
  switch (phase_) {
    case Phase::lorry_out:
    case Phase::lorry_in:
      drive(random);
      return;
    case Phase::at_sea:
      sail();
      if (std::get<Helm>(carrier_).arrived()) enter(Phase::terminal_in, random);
      return;
    case Phase::terminal_out:
      if (wait_and_carry(beginning(sea_leg(*journey_, outward_)))) enter(Phase::at_sea, random);
      return;
    case Phase::terminal_in:
      if (wait_and_carry(beginning(last_leg(*journey_, outward_)))) enter(Phase::lorry_in, random);
      return;
    case Phase::customer:
      if (wait_s_ > 0) {
        wait_s_ -= tick_road_s;
        return;
      }
      outward_ = !outward_;
      enter(Phase::lorry_out, random);
      return;
  }
}

}  // namespace outrider::sim
