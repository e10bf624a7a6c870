#include "sim/model/world/corridors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace outrider::sim {
namespace {

using W = Waypoint;

constexpr std::array rhine{// A15/A3: Rotterdam Maasvlakte to Frankfurt
                           W{{51.955, 4.055}, 204}, W{{51.871, 4.370}, 204}, W{{51.832, 4.975}, 204},
                           W{{51.885, 5.435}, 204}, W{{51.920, 5.905}, 204}, W{{51.835, 6.245}, 262},
                           W{{51.435, 6.765}, 262}, W{{51.225, 6.905}, 262}, W{{50.940, 7.060}, 262},
                           W{{50.475, 7.800}, 262}, W{{50.215, 8.265}, 262}, W{{50.080, 8.580}, 262}};
constexpr std::array elbe{// A7/A2/A10: Hamburg to Berlin by Hanover
                          W{{53.505, 9.950}, 262},  W{{53.110, 9.990}, 262},  W{{52.790, 9.800}, 262},
                          W{{52.425, 9.870}, 262},  W{{52.320, 10.510}, 262}, W{{52.235, 11.010}, 262},
                          W{{52.190, 11.640}, 262}, W{{52.250, 12.330}, 262}, W{{52.330, 12.900}, 262},
                          W{{52.460, 13.280}, 262}};
constexpr std::array vistula{// A2: Warsaw to Świecko
                             W{{52.205, 20.900}, 260}, W{{52.020, 20.250}, 260}, W{{51.860, 19.520}, 260},
                             W{{52.120, 18.720}, 260}, W{{52.240, 18.080}, 260}, W{{52.330, 17.100}, 260},
                             W{{52.340, 16.300}, 260}, W{{52.315, 15.450}, 260}, W{{52.325, 14.620}, 260}};
constexpr std::array rhone{// A7/A6: Marseille to Dijon
                           W{{43.335, 5.350}, 208}, W{{43.640, 5.090}, 208}, W{{43.930, 4.890}, 208},
                           W{{44.560, 4.780}, 208}, W{{44.920, 4.870}, 208}, W{{45.500, 4.830}, 208},
                           W{{45.830, 4.770}, 208}, W{{46.320, 4.860}, 208}, W{{46.790, 4.890}, 208},
                           W{{47.280, 5.000}, 208}};
constexpr std::array castile{// Valencia to Madrid
                             W{{39.445, -0.340}, 214}, W{{39.480, -0.720}, 214}, W{{39.500, -1.120}, 214},
                             W{{39.560, -1.900}, 214}, W{{39.790, -2.590}, 214}, W{{40.060, -3.000}, 214},
                             W{{40.310, -3.440}, 214}, W{{40.390, -3.660}, 214}};
constexpr std::array andalusia{// Algeciras to Córdoba
                               W{{36.150, -5.460}, 214}, W{{36.370, -5.650}, 214}, W{{36.680, -6.050}, 214},
                               W{{37.100, -5.920}, 214}, W{{37.390, -5.900}, 214}, W{{37.530, -5.290}, 214},
                               W{{37.860, -4.800}, 214}};
constexpr std::array jersey{// I-78/I-81: Port Newark to Harrisburg
                            W{{40.690, -74.170}, 310}, W{{40.650, -74.600}, 310}, W{{40.690, -75.180}, 310},
                            W{{40.590, -75.560}, 310}, W{{40.520, -76.100}, 310}, W{{40.400, -76.560}, 310},
                            W{{40.310, -76.820}, 310}};
constexpr std::array paulista{// SP-160/SP-348: Santos to Campinas
                              W{{-23.930, -46.350}, 724}, W{{-23.850, -46.480}, 724}, W{{-23.680, -46.610}, 724},
                              W{{-23.510, -46.720}, 724}, W{{-23.190, -46.900}, 724}, W{{-22.930, -47.090}, 724}};
constexpr std::array ceylon{// E01: Colombo to Galle
                            W{{6.930, 79.870}, 413}, W{{6.840, 79.960}, 413}, W{{6.570, 80.060}, 413},
                            W{{6.270, 80.150}, 413}, W{{6.080, 80.240}, 413}};
constexpr std::array malaya{// AYE/E2: Singapore to Ayer Hitam
                            W{{1.275, 103.790}, 525}, W{{1.340, 103.640}, 525}, W{{1.520, 103.680}, 502},
                            W{{1.720, 103.450}, 502}, W{{1.920, 103.180}, 502}};

constexpr std::array biscay{// Rotterdam to Algeciras
                            W{{51.985, 4.000}, 204},   W{{51.980, 3.500}, 204},   W{{51.250, 1.850}, 234},
                            W{{50.870, 1.220}, 234},   W{{50.200, -1.500}, 234},  W{{49.350, -4.300}, 208},
                            W{{48.750, -6.000}, 208},  W{{46.000, -8.000}, 208},  W{{43.400, -10.000}, 214},
                            W{{41.000, -10.000}, 268}, W{{38.600, -10.000}, 268}, W{{36.700, -9.300}, 268},
                            W{{36.000, -6.600}, 214},  W{{35.940, -5.650}, 214},  W{{36.080, -5.400}, 214}};
constexpr std::array atlantic{// Rotterdam to Port Newark
                              W{{51.985, 4.000}, 204},   W{{51.980, 3.500}, 204},   W{{51.250, 1.850}, 234},
                              W{{50.870, 1.220}, 234},   W{{50.200, -1.500}, 234},  W{{49.400, -5.000}, 234},
                              W{{49.000, -12.000}, 208}, W{{47.500, -22.000}, 208}, W{{45.500, -32.000}, 208},
                              W{{43.000, -42.000}, 310}, W{{41.500, -50.000}, 310}, W{{40.800, -58.000}, 310},
                              W{{40.400, -66.000}, 310}, W{{40.400, -72.500}, 310}, W{{40.470, -73.850}, 310},
                              W{{40.600, -74.045}, 310}, W{{40.650, -74.060}, 310}};
constexpr std::array brazil{
    // Rotterdam to Santos, west of the Canaries and of Cape Verde
    W{{51.985, 4.000}, 204},    W{{51.980, 3.500}, 204},    W{{51.250, 1.850}, 234},   W{{50.870, 1.220}, 234},
    W{{50.200, -1.500}, 234},   W{{49.350, -4.300}, 208},   W{{48.750, -6.000}, 208},  W{{43.400, -10.400}, 214},
    W{{36.000, -15.000}, 268},  W{{28.500, -19.800}, 214},  W{{20.000, -25.000}, 214}, W{{15.000, -27.500}, 214},
    W{{5.000, -30.500}, 724},   W{{-5.000, -33.300}, 724},  W{{-9.000, -34.300}, 724}, W{{-18.000, -37.500}, 724},
    W{{-23.500, -41.500}, 724}, W{{-24.300, -45.500}, 724}, W{{-24.050, -46.300}, 724}};
constexpr std::array malacca{// Singapore to Colombo
                             W{{1.230, 103.760}, 525}, W{{1.160, 103.450}, 525}, W{{1.700, 102.600}, 502},
                             W{{2.400, 101.650}, 502}, W{{3.200, 100.500}, 502}, W{{4.700, 99.300}, 502},
                             W{{6.000, 97.000}, 502},  W{{6.200, 94.500}, 502},  W{{5.700, 85.000}, 413},
                             W{{5.700, 80.600}, 413},  W{{6.200, 79.700}, 413},  W{{6.950, 79.800}, 413}};

// No road runs straight for fifty kilometres: between two waypoints it winds, and meets them in their own direction.
struct Bend {
  double offset_m;  // to the right of the straight line
  double slope;     // change of the offset per metre along the line
};
constexpr double bend_amplitude_m = 220.0;
constexpr double bend_period_m = 6000.0;

Bend bend_at(double fraction, double length) {
  const double pi = std::numbers::pi;
  const double waves = std::max(1.0, std::round(length / bend_period_m));
  const double amplitude = std::min(bend_amplitude_m, length / waves * bend_amplitude_m / bend_period_m);
  const double wave = std::sin(2 * pi * waves * fraction);
  const double fade = std::sin(pi * fraction);
  const double slope =
      2 * pi * waves * std::cos(2 * pi * waves * fraction) * fade + wave * pi * std::cos(pi * fraction);
  return {amplitude * wave * fade, amplitude * slope / length};
}

}  // namespace

Corridor::Corridor(std::string_view name, Surface surface, std::span<const Waypoint> points)
    : name_(name), surface_(surface), points_(points) {
  starts_.push_back(0);
  for (std::size_t i = 1; i < points.size(); ++i)
    starts_.push_back(starts_.back() + distance_m(points[i - 1].at, points[i].at));
}

Corridor::Place Corridor::at(double metres, bool onwards) const {
  metres = std::clamp(metres, 0.0, length_m());
  const auto after = std::ranges::upper_bound(starts_, metres) - starts_.begin();
  const auto to = std::min(static_cast<std::size_t>(after), points_.size() - 1);
  const auto from = to - 1;
  const double length = starts_[to] - starts_[from];
  const double done = metres - starts_[from];
  const double left = length - done;

  Place place{.at = between(points_[from].at, points_[to].at, done / length)};
  const double bearing = bearing_deg(points_[from].at, points_[to].at);
  place.heading = bearing;
  if (surface_ == Surface::road) {
    const Bend bend = bend_at(done / length, length);
    place.at = moved(place.at, bearing + 90.0, bend.offset_m);
    place.heading = wrapped_deg(bearing + std::atan(bend.slope) * 180.0 / std::numbers::pi);
    place.stretch = std::sqrt(1.0 + bend.slope * bend.slope);
  }
  place.mcc = done < left ? points_[from].mcc : points_[to].mcc;
  place.town_m = std::min(done, left);
  place.corner_m = onwards ? left : done;
  if (onwards && to + 1 < points_.size()) {
    place.corner_deg = std::abs(turn_deg(bearing, bearing_deg(points_[to].at, points_[to + 1].at)));
  } else if (!onwards && from > 0) {
    place.corner_deg = std::abs(turn_deg(bearing, bearing_deg(points_[from - 1].at, points_[from].at)));
  } else {
    place.corner_deg = 180;  // the end: stop
  }
  if (!onwards) place.heading = wrapped_deg(place.heading + 180.0);
  return place;
}

namespace {

enum Road : std::size_t {
  rhine_road,
  elbe_road,
  vistula_road,
  rhone_road,
  castile_road,
  andalusia_road,
  jersey_road,
  paulista_road,
  ceylon_road,
  malaya_road
};
enum Lane : std::size_t { biscay_lane, atlantic_lane, brazil_lane, malacca_lane };

const std::array<Corridor, 10>& road_table() {
  static const std::array<Corridor, 10> table{
      Corridor{"Rotterdam-Frankfurt", Surface::road, rhine}, Corridor{"Hamburg-Berlin", Surface::road, elbe},
      Corridor{"Warsaw-Swiecko", Surface::road, vistula},    Corridor{"Marseille-Dijon", Surface::road, rhone},
      Corridor{"Valencia-Madrid", Surface::road, castile},   Corridor{"Algeciras-Cordoba", Surface::road, andalusia},
      Corridor{"Newark-Harrisburg", Surface::road, jersey},  Corridor{"Santos-Campinas", Surface::road, paulista},
      Corridor{"Colombo-Galle", Surface::road, ceylon},      Corridor{"Singapore-Ayer Hitam", Surface::road, malaya}};
  return table;
}

const std::array<Corridor, 4>& lane_table() {
  static const std::array<Corridor, 4> table{
      Corridor{"Rotterdam-Algeciras", Surface::sea, biscay}, Corridor{"Rotterdam-Newark", Surface::sea, atlantic},
      Corridor{"Rotterdam-Santos", Surface::sea, brazil}, Corridor{"Singapore-Colombo", Surface::sea, malacca}};
  return table;
}

}  // namespace

std::span<const Corridor> roads() {
  return road_table();
}

std::span<const Journey> journeys() {
  // Every road is listed from its port inland, every lane from the first port it is named after.
  static const std::array table{
      Journey{&road_table()[rhine_road], false, &lane_table()[biscay_lane], true, &road_table()[andalusia_road], true},
      Journey{&road_table()[andalusia_road], false, &lane_table()[biscay_lane], false, &road_table()[rhine_road], true},
      Journey{&road_table()[rhine_road], false, &lane_table()[atlantic_lane], true, &road_table()[jersey_road], true},
      Journey{&road_table()[jersey_road], false, &lane_table()[atlantic_lane], false, &road_table()[rhine_road], true},
      Journey{&road_table()[paulista_road], false, &lane_table()[brazil_lane], false, &road_table()[rhine_road], true},
      Journey{&road_table()[rhine_road], false, &lane_table()[brazil_lane], true, &road_table()[paulista_road], true},
      Journey{&road_table()[malaya_road], false, &lane_table()[malacca_lane], true, &road_table()[ceylon_road], true},
      Journey{&road_table()[ceylon_road], false, &lane_table()[malacca_lane], false, &road_table()[malaya_road], true}};
  return table;
}

}  // namespace outrider::sim
