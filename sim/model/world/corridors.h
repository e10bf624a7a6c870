#pragma once
// The roads and sea lanes the models move on, drawn by hand from the coordinates of real cities, ports and capes. Road
// points are at most some 90 km apart and follow motorways; sea lanes keep off the coast.
#include <span>
#include <string_view>
#include <vector>

#include "sim/model/world/geo.h"

namespace outrider::sim {

enum class Surface { road, sea };

struct Waypoint {
  Position at;
  int mcc;  // country (ITU E.212); at sea, of the nearest land
};

// A corridor with the lengths of its legs worked out. Built once, immutable, shared by all devices and threads.
class Corridor {
 public:
  // What a place along a corridor is.
  struct Place {
    Position at;
    double heading = 0;  // direction of travel, degrees
    int mcc = 0;
    double town_m = 0;      // distance to the nearest waypoint, which on a road is a town
    double corner_m = 0;    // distance to the next waypoint in the direction of travel
    double stretch = 1;     // metres of road for a metre of the line between the waypoints
    double corner_deg = 0;  // how sharply the way turns there
  };

  Corridor(std::string_view name, Surface surface, std::span<const Waypoint> points);

  std::string_view name() const { return name_; }
  Surface surface() const { return surface_; }
  double length_m() const { return starts_.back(); }
  std::span<const Waypoint> points() const { return points_; }
  // The place `metres` from the beginning (clamped to the corridor), travelling onwards or backwards.
  Place at(double metres, bool onwards) const;

 private:
  std::string_view name_;
  Surface surface_;
  std::span<const Waypoint> points_;
  std::vector<double> starts_;  // metres from the beginning to each waypoint
};

// Motorways, each from a hinterland to a port or another city.
std::span<const Corridor> roads();

// A container's journey: by truck to a port, by ship to another, by truck inland.
struct Journey {
  const Corridor* inland;
  bool inland_onwards;
  const Corridor* lane;
  bool lane_onwards;
  const Corridor* hinterland;
  bool hinterland_onwards;
};
std::span<const Journey> journeys();

}  // namespace outrider::sim
