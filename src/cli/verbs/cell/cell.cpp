// outrider cell: the map of cells that detection keeps.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"
#include "detect/checks/cells/list/cell_list.h"

namespace outrider::cli {
namespace {

constexpr std::size_t list_bytes_max = 64 * 1024 * 1024;  // 200,000 cells with all of OpenCelliD's columns, with room

double double_at(const json::Object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

std::string place_text(const json::Object& cell) {
  if (text_at(cell, "lat").empty()) return {};
  return fmt::format("{:.4f},{:.4f} ({:.1f} km around)", double_at(cell, "lat"), double_at(cell, "lon"),
                     double_at(cell, "range_m") / 1000);
}

Cell against_cell(const json::Object& cell) {
  const double nats = double_at(cell, "against");
  if (nats <= 0) return {};
  return {fmt::format("{:.1f}{}", nats, flag_at(cell, "proof") ? " (proof)" : ""),
          nats >= 3 ? Colour::red : Colour::none};
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(const auto limit, context.args.number("limit", 1, 200'000));
  Listing listing{
      .path = path_of("fleets", fleet, "cells"),
      .items_max = limit,
      .columns = {{"CELL"},
                  {"RADIO"},
                  {"STATE"},
                  {"PLACE", Align::left, true},
                  {"DRIVES", Align::right},
                  {"DEVICES", Align::right},
                  {"AGAINST IT", Align::right},
                  {"HEARD"}},
      .none = "No cells yet: devices report mcc, mnc, tac and cell, or import a list (outrider cell import)."};
  if (context.args.has("state")) listing.query = {{"state", std::string(context.args.text("state"))}};
  const auto now = context.now();
  CHECK(print_list(context, std::move(listing), [now](const json::Object& cell) -> std::vector<Cell> {
    return {text_at(cell, "cell"),   text_at(cell, "radio"),   text_at(cell, "state"), place_text(cell),
            text_at(cell, "drives"), text_at(cell, "devices"), against_cell(cell),     age_at(cell, "last", now)};
  }));
  return {};
}

Result<void> show(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto cell, object_of(server->get(path_of("fleets", fleet, "cells", context.args.text("CELL")))));
  if (context.json()) {
    context.out.value(cell);
    return {};
  }
  std::string signs, entries;
  for (const auto& item : list_at(cell, "signs"))
    if (item.is_object())
      signs += fmt::format("{}{} {:.1f}", signs.empty() ? "" : ", ", text_at(item.get_object(), "sign"),
                           double_at(item.get_object(), "nats"));
  for (const auto& item : list_at(cell, "entries")) entries += (entries.empty() ? "" : ", ") + shown(item);
  print_fields(context.out, {{"cell", text_at(cell, "cell")},
                             {"radio", text_at(cell, "radio")},
                             {"state", text_at(cell, "state")},
                             {"place", place_text(cell)},
                             {"learnt from",
                              fmt::format("{} places of {} drives", text_at(cell, "places"), text_at(cell, "drives"))},
                             {"reports", text_at(cell, "reports")},
                             {"devices", fmt::format("at least {}", text_at(cell, "devices"))},
                             {"first heard", age_at(cell, "first", context.now())},
                             {"last heard", age_at(cell, "last", context.now())},
                             {"physical cell id", text_at(cell, "pci")},
                             {"channel", text_at(cell, "channel")},
                             {"against it", against_cell(cell)},
                             {"signs", signs},
                             {"entries", entries}});
  return {};
}

Result<void> import(Context& context) {
  const std::string path(context.args.text("FILE"));
  TRY(const auto text, read_text_file(path, list_bytes_max));
  auto cells = detect::read_cell_list(text);
  if (!cells) return std::unexpected(std::move(cells).error().during("reading " + path));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const auto pieces = detect::write_cell_list(*cells);
  json::Value last = json::Object{};
  for (const auto& piece : pieces) {
    const json::Object body{{"list", piece}, {"dry_run", context.dry_run()}};
    TRY(last, server->post(path_of("fleets", fleet, "cells"), body));
  }
  const json::Object answer{
      {"cells", cells->size()}, {"entries", context.dry_run() ? 0 : pieces.size()}, {"dry_run", context.dry_run()}};
  return print_outcome(context, answer,
                       {.would = fmt::format("Would import {} cells in {} entries.", cells->size(), pieces.size()),
                        .done = fmt::format("Imported {} cells in {} entries.", cells->size(), pieces.size())});
}

}  // namespace

std::vector<Command> cell_commands() {
  return {
      {.path = "cell list",
       .summary = "List the cells that the fleet has learnt",
       .about = "A cell is known when two devices have heard it for a day or one for three days, listed when a public "
                "list has it, new before that, and suspect when the fleet's evidence against it weighs 3 nats or more.",
       .options = {{"state", "STATE", "only known, listed, new or suspect ones"},
                   {"limit", "N", "at most so many", "1000"}},
       .examples = {{"cells that may belong to nobody", "outrider cell list --state suspect"},
                    {"what turned up lately", "outrider cell list --state new"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
      {.path = "cell show",
       .summary = "Show a cell, and what speaks against it",
       .arguments = {{"CELL", "mcc-mnc-area-cell"}},
       .examples = {{"one cell", "outrider cell show 262-1-4021-17238017"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
      {.path = "cell import",
       .summary = "Begin with a public list of cells",
       .about =
           "CSV as OpenCelliD publishes it, or with a head line that names radio, mcc, mnc (or net), area (or lac), "
           "cell, lat, lon and, if there, range and samples. At most 200,000 cells: cut out the countries you drive "
           "in. What the fleet has learnt itself is kept.",
       .arguments = {{"FILE", "the list"}},
       .examples = {{"check a list, then import it", "outrider cell import 262.csv --dry-run"},
                    {"import it", "outrider cell import 262.csv"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = import}};
}

}  // namespace outrider::cli
