#include <fmt/format.h>

#include <array>

#include "detect/checks/motion/words.h"
#include "detect/engine/evidence.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {

std::string metres(double value) {
  if (value < 950) return fmt::format("{:.0f} m", value);
  return value < 99'500 ? fmt::format("{:.1f} km", value / 1000) : fmt::format("{:.0f} km", value / 1000);
}

std::string seconds(double value) {
  if (value < 120) return fmt::format("{:.0f} s", value);
  return value < 7200 ? fmt::format("{:.0f} min", value / 60) : fmt::format("{:.1f} h", value / 3600);
}

namespace {

std::string explain_travel(const Evidence& e) {
  std::string text =
      fmt::format("position moved {} in {} (limit {})", metres(e.observed), seconds(e.more[0]), metres(e.limit));
  if (e.more[1] == 1) text += " while the serving cell stayed";
  if (e.more[1] == 2) text += " and the serving cell changed";
  return text;
}

std::string explain_standing(const Evidence& e) {
  return fmt::format(
      "position stayed within {} for {} while the serving cell changed {:.0f} times, through {:.0f} cells",
      metres(e.expected), seconds(e.more[0]), e.more[1], e.observed);
}

std::string explain_kalman(const Evidence& e) {
  return fmt::format("position is {} from where its movement led {} later (usual limit {})", metres(e.observed),
                     seconds(e.more[0]), metres(e.limit));
}

std::string explain_corridor(const Evidence& e) {
  return fmt::format("{} beside its route for {} (corridor {})", metres(e.observed), seconds(e.more[0]),
                     metres(e.limit));
}

std::string explain_geofence(const Evidence& e) {
  const bool left = e.observed > e.limit;
  return fmt::format("{} from the middle of an area of {} that it must {}, for {} (tolerated {})", metres(e.observed),
                     metres(e.limit), left ? "not leave" : "not enter", seconds(e.more[0]), seconds(e.more[1]));
}

std::string explain_stop(const Evidence& e) {
  return fmt::format("stands for {} (a break lasts {}), {} from the nearer end of its route", seconds(e.observed),
                     seconds(e.limit), metres(e.more[0]));
}

std::string explain_promise(const Evidence& e) {
  std::string text = fmt::format("positions cover {} in {}, reported speed covers {}", metres(e.observed),
                                 seconds(e.more[0]), metres(e.expected));
  if (e.more[1] > 0) text += fmt::format("; {} apart with its heading", metres(e.more[1]));
  return text;
}

std::string explain_drag(const Evidence& e) {
  return fmt::format("position came off {} from where cells place it (usual {}), in {} and by {:.0f} witnesses",
                     metres(e.observed), metres(e.expected), seconds(e.more[0]), e.more[1]);
}

using enum CheckId;
constexpr std::array table{
    CheckInfo{impossible_travel, "impossible-travel", Family::motion, Threat::false_position, false,
              "distance between two positions against the fastest that its kind can go", explain_travel},
    CheckInfo{frozen_position, "frozen-position", Family::motion, Threat::false_position, false,
              "a position that stands still while one new cell after the other serves", explain_standing},
    CheckInfo{kalman_innovation, "kalman-innovation", Family::motion, Threat::false_position, false,
              "position against where its own movement led", explain_kalman},
    CheckInfo{corridor, "corridor", Family::motion, Threat::diversion, true,
              "distance from the route that was assigned, twice in a row beyond the corridor", explain_corridor},
    CheckInfo{geofence, "geofence", Family::motion, Threat::diversion, true,
              "on the wrong side of a fence for longer than tolerated", explain_geofence},
    CheckInfo{unplanned_stop, "unplanned-stop", Family::motion, Threat::diversion, false,
              "standing on the way, longer than a driver's break", explain_stop},
    CheckInfo{speed_disagrees, "speed-disagrees", Family::motion, Threat::false_position, false,
              "reported speed and heading against the distance that positions cover", explain_promise},
    CheckInfo{drag_off, "drag-off", Family::motion, Threat::false_position, false,
              "position that comes steadily off from where cells place the device", explain_drag},
};

}  // namespace

std::span<const CheckInfo> motion_checks() {
  return table;
}

}  // namespace outrider::detect
