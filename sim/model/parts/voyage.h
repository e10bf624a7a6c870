#pragma once
#include <variant>

#include "sim/model/parts/vehicle.h"

namespace outrider::sim {

// A container on its journey: lorry to the port, a wait on the terminal, ship, another wait, lorry inland, a stay at
// the customer's. When the stay is over the journey begins anew in the other direction, with other cargo.
class Voyage {
 public:
  enum class Phase { lorry_out, terminal_out, at_sea, terminal_in, lorry_in, customer };

  // Begins somewhere along one of the journeys.
  explicit Voyage(Random& random);
  // Moves on by one tick of tick_road_s.
  void tick(Random& random);

  Phase phase() const { return phase_; }
  bool at_sea() const { return phase_ == Phase::at_sea; }
  bool standing() const { return speed() < 0.1; }
  Position where() const { return at_; }
  double speed() const;
  double heading() const { return heading_; }
  int mcc() const { return mcc_; }
  // Number of the ship when its cell serves us, otherwise 0.
  std::uint64_t ship() const { return at_sea() ? ship_ : 0; }

 private:
  void enter(Phase phase, Random& random);
  void drive(Random& random);
  void sail();
  // Waits, then is carried to `to` at the pace of a harbour; true when there.
  bool wait_and_carry(Position to);

  const Journey* journey_;
  bool outward_ = true;  // along the journey, or back
  Phase phase_ = Phase::lorry_out;
  std::variant<std::monostate, RoadDriver, Helm> carrier_;
  double wait_s_ = 0;
  double ship_owed_s_ = 0;
  double carry_speed_ = 0;
  std::uint64_t ship_ = 1;
  Position at_;
  double heading_ = 0;
  int mcc_ = 0;
};

}  // namespace outrider::sim
