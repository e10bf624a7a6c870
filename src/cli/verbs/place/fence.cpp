#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/place/place.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

Result<double> number_of(std::string_view option, std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::unexpected(usage_error(fmt::format("--{}: '{}' is no number", option, escape(text))));
  return value;
}

// "53.55,10.0"
Result<json::Object> place_of(std::string_view text) {
  const auto comma = text.find(',');
  if (comma == std::string_view::npos)
    return std::unexpected(usage_error("--at wants LAT,LON in degrees, such as 53.55,10.0"));
  TRY(const double lat, number_of("at", text.substr(0, comma)));
  TRY(const double lon, number_of("at", text.substr(comma + 1)));
  return json::Object{{"lat", lat}, {"lon", lon}};
}

std::string whose(const json::Object& fence) {
  if (const auto device = text_at(fence, "device"); !device.empty()) return "device " + device;
  if (const auto profile = text_at(fence, "profile"); !profile.empty()) return "profile " + profile;
  return "all";
}

std::string rule(const json::Object& fence) {
  return flag_at(fence, "inside") ? "stay in" : "stay out";
}

Result<void> set(Context& context) {
  const auto& args = context.args;
  TRY(auto centre, place_of(args.text("at")));
  TRY(const double radius, metres_of(args, "radius"));
  TRY(const auto dwell, args.duration("dwell"));
  json::Object body{{"fence", args.text("FENCE")},
                    {"centre", std::move(centre)},
                    {"radius_m", radius},
                    {"inside", !args.flag("keep-out")},
                    {"dry_run", context.dry_run()}};
  if (dwell) body["dwell_s"] = std::chrono::duration<double>(*dwell).count();
  for (const std::string_view name : {"device", "profile"})
    if (args.has(name)) body[name] = args.text(name);
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto answer, object_of(server->post(path_of("fleets", fleet, "fences"), body)));
  const std::string what = fmt::format("{}: {} {} of {} m", escape(text_at(answer, "fence")), escape(whose(answer)),
                                       flag_at(answer, "inside") ? "must stay in an area" : "must stay out of an area",
                                       text_at(answer, "radius_m"));
  return print_outcome(context, answer,
                       {.would = fmt::format("Would set {}.", what),
                        .done = fmt::format("Set {}, from entry {} on.", what, text_at(answer, "entry"))});
}

Result<void> remove(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const auto name = context.args.text("FENCE");
  TRY(const auto answer, object_of(server->post(path_of("fleets", fleet, "fences", name, "remove"),
                                                json::Object{{"dry_run", context.dry_run()}})));
  return print_outcome(context, answer,
                       {.would = fmt::format("Would remove {}.", escape(name)),
                        .done = fmt::format("Removed {}: nobody is held to it any more.", escape(name))});
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  CHECK(print_list(context,
                   {.path = path_of("fleets", fleet, "fences"),
                    .columns = {{"FENCE"},
                                {"OF"},
                                {"RULE"},
                                {"LAT", Align::right},
                                {"LON", Align::right},
                                {"RADIUS M", Align::right},
                                {"TOLERATED S", Align::right},
                                {"BY"}},
                    .none = "No fences are set."},
                   [](const json::Object& fence) -> std::vector<Cell> {
                     const auto* centre = fence.if_contains("centre");
                     const json::Object at =
                         centre != nullptr && centre->is_object() ? centre->get_object() : json::Object{};
                     return {text_at(fence, "fence"),   whose(fence),        rule(fence),
                             text_at(at, "lat"),        text_at(at, "lon"),  text_at(fence, "radius_m"),
                             text_at(fence, "dwell_s"), text_at(fence, "by")};
                   }));
  return {};
}

}  // namespace

Result<double> metres_of(const Args& args, std::string_view option) {
  return number_of(option, args.text(option));
}

std::vector<Command> fence_commands() {
  return {
      {.path = "fence set",
       .summary = "Say where devices must stay in, or out of",
       .about = "A fence is a circle. Being on its wrong side for longer than is tolerated, beyond what the position's "
                "error explains and twice in a row, is a page. The same name replaces it.",
       .arguments = {{"FENCE", "its name"}},
       .options = {{"at", "LAT,LON", "the middle, in degrees", {}, true},
                   {"radius", "METRES", "how far it reaches", {}, true},
                   {"device", "DEVICE", "only this device"},
                   {"profile", "PROFILE", "only devices of this profile (default: all)"},
                   {"keep-out", "", "they must stay out of it"},
                   {"dwell", "TIME", "tolerated on the wrong side, such as 10m"}},
       .examples = {{"a trailer that stays in its yard",
                     "outrider fence set yard-north --at 53.55,10.0 --radius 400 --device trailer-3 --dwell 10m"},
                    {"nobody goes to the harbour",
                     "outrider fence set harbour --at 53.54,9.93 --radius 1500 --keep-out"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = set},
      {.path = "fence remove",
       .summary = "Remove a fence",
       .about = "",
       .arguments = {{"FENCE", "its name"}},
       .options = {},
       .examples = {{"it moved out", "outrider fence remove yard-north"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = remove},
      {.path = "fence list",
       .summary = "List where devices must stay in, or out of",
       .about = "",
       .arguments = {},
       .options = {},
       .examples = {{"all of them", "outrider fence list"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
  };
}

}  // namespace outrider::cli
