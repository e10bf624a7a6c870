#include <fmt/format.h>

#include "base/ids.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr std::uint64_t readings_max = 10'000;  // what one answer of the server holds

// A moment is made absolute here, so that every page of the answer means the same range.
Result<void> put_moment(const Context& context, std::string_view option, Query& query) {
  if (!context.args.has(option)) return {};
  auto moment = parse_moment(context.args.text(option), context.now());
  if (!moment) return std::unexpected(usage_error(fmt::format("--{}: {}", option, moment.error().detail)));
  query[std::string(option)] = to_rfc3339(*moment);
  return {};
}

Result<void> history(Context& context) {
  auto id = DeviceId::parse(context.args.text("DEVICE"));
  if (!id) return std::unexpected(usage_error(id.error().detail));
  TRY(const auto limit, context.args.number("limit", 1, readings_max));
  Query query;
  CHECK(put_moment(context, "since", query));
  CHECK(put_moment(context, "until", query));
  if (context.args.has("NAME")) query["name"] = context.args.text("NAME");
  query["order"] = context.args.flag("newest-first") ? "newest" : "oldest";
  query["limit"] = fmt::format("{}", limit);
  TRY(const auto fleet, context.fleet());
  TRY(const auto count, print_list(context,
                                   {.path = path_of("fleets", fleet, "devices", id->value, "history"),
                                    .query = std::move(query),
                                    .items_max = limit,
                                    .columns = {{"TIME"},
                                                {"AGE", Align::right},
                                                {"READING"},
                                                {"VALUE", Align::right},
                                                {"UNIT"},
                                                {"ENTRY", Align::right}},
                                    .none = "No readings in that range."},
                                   [&](const json::Object& item) -> std::vector<Cell> {
                                     return {text_at(item, "time"), age_at(item, "time", context.now()),
                                             text_at(item, "name"), text_at(item, "value"),
                                             text_at(item, "unit"), text_at(item, "entry")};
                                   }));
  if (count == limit) context.out.note(fmt::format("The first {}; --limit shows more.", grouped(limit)));
  return {};
}

}  // namespace

std::vector<Command> history_commands() {
  return {
      {.path = "history",
       .summary = "Show what a device reported",
       .about =
           "Readings by the device's own time, oldest first. A moment is a time (2026-01-31T08:00:00Z) or a duration "
           "before now (2h, 7d).",
       .arguments = {{"DEVICE", "its id"}, {"NAME", "one reading, e.g. speed (default: all)", true}},
       .options = {{"since", "WHEN", "from this moment on", "1h"},
                   {"until", "WHEN", "up to this moment (default: now)"},
                   {"newest-first", "", "the other way round"},
                   {"limit", "N", "at most so many", "1000"}},
       .examples = {{"the speed of the last two hours", "outrider history truck-7 speed --since 2h"},
                    {"for a spreadsheet",
                     "outrider history truck-7 --since 7d --limit 10000 --json | jq -r '.[] | [.time, .name, .value] "
                     "| @csv'"}},
       .traits = {.remote = true, .fleet = true},
       .run = history}};
}

}  // namespace outrider::cli
