#include <fmt/format.h>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/input/route_file.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/place/place.h"
#include "cli/verbs/verbs.h"
#include "detect/checks/motion/motion_memory.h"

namespace outrider::cli {
namespace {

// A route is thinned out only as far as its corridor does not notice.
constexpr double thin_share = 0.02;

Result<void> assign(Context& context) {
  const auto& args = context.args;
  TRY(const double corridor, metres_of(args, "corridor"));
  TRY(const auto text, read_text_file(std::string(args.text("file")), route_file_bytes_max));
  auto points = parse_route_file(text);
  if (!points) return std::unexpected(std::move(points).error().during(fmt::format("reading {}", args.text("file"))));
  const std::size_t read = points->size();
  if (read > detect::MotionMemory::route_points_max) *points = thin_out(*points, corridor * thin_share);
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  json::Object body{{"points", json::from(*points)}, {"corridor_m", corridor}, {"dry_run", context.dry_run()}};
  if (args.has("until")) body["until"] = args.text("until");
  TRY(const auto answer,
      object_of(server->post(path_of("fleets", fleet, "devices", args.text("DEVICE"), "route"), body)));
  const std::string what = fmt::format("a route of {} points{}, {:.0f} m to either side", points->size(),
                                       points->size() < read ? fmt::format(" (of {})", read) : "", corridor);
  return print_outcome(context, answer,
                       {.would = fmt::format("{} would get {}.", escape(args.text("DEVICE")), what),
                        .done = fmt::format("{} has {}, from entry {} on.", escape(args.text("DEVICE")), what,
                                            text_at(answer, "entry"))});
}

Result<void> clear(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const auto device = context.args.text("DEVICE");
  TRY(const auto answer,
      object_of(server->post(path_of("fleets", fleet, "devices", device, "route"),
                             json::Object{{"points", json::Array{}}, {"dry_run", context.dry_run()}})));
  return print_outcome(context, answer,
                       {.would = fmt::format("{} would have no route any more.", escape(device)),
                        .done = fmt::format("{} has no route any more.", escape(device))});
}

Result<void> show(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto route,
      object_of(server->get(path_of("fleets", fleet, "devices", context.args.text("DEVICE"), "route"))));
  if (context.json()) {
    context.out.value(route);
    return {};
  }
  const auto& points = list_at(route, "points");
  print_fields(context.out, {{"device", text_at(route, "device")},
                             {"points", std::to_string(points.size())},
                             {"corridor", text_at(route, "corridor_m") + " m to either side"},
                             {"until", text_at(route, "until")},
                             {"by", text_at(route, "by")}});
  context.out.line();
  print_section(
      context, {{"LAT", Align::right}, {"LON", Align::right}}, points,
      [](const json::Object& point) -> std::vector<Cell> { return {text_at(point, "lat"), text_at(point, "lon")}; });
  return {};
}

}  // namespace

std::vector<Command> route_commands() {
  return {
      {.path = "route assign",
       .summary = "Say where a device is going; being beside that is an alert",
       .about =
           "The file is CSV with the columns lat and lon, or GeoJSON, whose first LineString counts. More than 500 "
           "points are thinned out as far as the corridor does not notice. An earlier route is replaced.",
       .arguments = {{"DEVICE", "its id"}},
       .options = {{"file", "FILE", "the route", {}, true},
                   {"corridor", "METRES", "tolerated to either side", "2000"},
                   {"until", "TIME", "when it ends: a time (RFC 3339) or how long from now (12h)"}},
       .examples = {{"a truck on its way",
                     "outrider route assign truck-7 --file hamburg-munich.geojson --corridor 3000 --until 14h"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = assign},
      {.path = "route clear",
       .summary = "Take a device's route back",
       .about = "",
       .arguments = {{"DEVICE", "its id"}},
       .options = {},
       .examples = {{"it has arrived", "outrider route clear truck-7"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = clear},
      {.path = "route show",
       .summary = "Show where a device was told to go",
       .about = "",
       .arguments = {{"DEVICE", "its id"}},
       .options = {},
       .examples = {{"its route", "outrider route show truck-7"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
  };
}

}  // namespace outrider::cli
