#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/detect/detect.h"

namespace outrider::cli {
namespace {

Result<double> factor_of(const Args& args) {
  const std::string_view text = args.text("factor");
  double factor = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(factor))
    return std::unexpected(usage_error(fmt::format("--factor: '{}' is no number", escape(text))));
  return factor;
}

// What is to be turned, and how; the server knows the bounds.
Result<json::Object> change_of(Context& context) {
  const auto& args = context.args;
  if (args.flag("on") && args.flag("off")) return std::unexpected(usage_error("--on and --off exclude each other"));
  if (!args.flag("on") && !args.flag("off") && !args.has("factor"))
    return std::unexpected(usage_error("say how: --factor X, --on or --off"));
  json::Object out{{"what", args.text("WHAT")}};
  if (args.flag("on") || args.flag("off")) out["enabled"] = args.flag("on");
  if (args.has("profile")) out["profile"] = args.text("profile");
  if (args.has("factor")) {
    TRY(const double factor, factor_of(args));
    out["factor"] = factor;
  }
  return out;
}

Result<void> tune(Context& context) {
  TRY(auto change, change_of(context));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  json::Object body = change;
  body["reason"] = context.args.text("reason");
  body["dry_run"] = context.dry_run();
  TRY(const auto answer, object_of(server->post(path_of("fleets", fleet, "detection", "tune"), body)));
  if (context.dry_run())  // the server finds nothing wrong with it: so what would it change
    return run_replay(context, fleet, {{"since", context.args.text("since")}, {"change", std::move(change)}});
  return print_outcome(context, answer,
                       {.done = fmt::format("Turned {}, from entry {} on.", escape(context.args.text("WHAT")),
                                            text_at(answer, "entry"))});
}

}  // namespace

Command detect_tune_command() {
  return {.path = "detect tune",
          .summary = "Turn a check, or what is worth a page",
          .about =
              "A factor multiplies how surprising a check finds things: 0.5 is half as loud. The factor of "
              "page-risk and ticket-risk is the risk itself, that of page-budget the pages per 1,000 devices and "
              "day. With --dry-run, runs over the time since --since with and without it and says what would be "
              "different.",
          .arguments = {{"WHAT", "a check (outrider detect list), page-budget, page-risk or ticket-risk"}},
          .options = {{"factor", "X", "0 to 100 for a check"},
                      {"on", "", "listen to the check"},
                      {"off", "", "do not"},
                      {"profile", "PROFILE", "only for devices of this profile"},
                      {"since", "TIME", "where the comparison of --dry-run begins", "24h"},
                      {"reason", "TEXT", "why; it stands in the entry", {}, true}},
          .examples = {{"a fleet whose boxes are opened every day",
                        "outrider detect tune enclosure --factor 0.3 --reason 'market stalls open theirs'"},
                       {"what would change, first",
                        "outrider detect tune page-risk --factor 15 --since 7d --dry-run --reason 'fewer pages'"},
                       {"no silence for parked trailers",
                        "outrider detect tune silence --off --profile trailer --reason 'parked for months'"}},
          .traits = {.remote = true, .fleet = true, .mutates = true},
          .run = tune};
}

}  // namespace outrider::cli
