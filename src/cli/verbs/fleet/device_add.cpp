#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_set>

#include "base/file.h"
#include "base/ids.h"
#include "cli/command/exit.h"
#include "cli/input/code_csv.h"
#include "cli/input/device_csv.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/fleet/device.h"
#include "wire/csv/writer.h"

namespace outrider::cli {
namespace {

constexpr std::size_t batch_devices = 1000;     // what one request may carry
constexpr std::size_t refusals_shown_max = 20;  // more are counted only; --json lists them all

// A file is looked at whole before anything of it is added: `check` asks without changing anything.
enum class Pass : unsigned char { check, add };

json::Object body_of(std::span<const DeviceRow> rows, const Context& context, bool codes, Pass pass) {
  json::Array devices;
  for (const DeviceRow& row : rows) {
    json::Object device{{"device", row.device}, {"profile", row.profile}};
    if (!row.serial_number.empty()) device["serial_number"] = row.serial_number;
    if (!row.label.empty()) device["label"] = row.label;
    devices.emplace_back(std::move(device));
  }
  json::Object body{{"devices", std::move(devices)}, {"codes", codes}};
  if (context.args.has("code-life")) body["code_life"] = context.args.text("code-life");
  if (context.args.flag("resume")) body["again"] = true;
  if (pass == Pass::check || context.dry_run()) body["dry_run"] = true;
  return body;
}

// What came of a file so far.
struct Tally {
  std::size_t added = 0;
  json::Array refused;
};

// Sorts one answer into the tally, and its codes into text for the code file.
Result<std::string> take_results(std::span<const DeviceRow> rows, const json::Object& answer, Tally& tally) {
  const auto& results = list_at(answer, "results");
  if (results.size() != rows.size())
    return fail(Errc::internal, "bad-answer", "the server did not answer for every device");
  wire::csv::Writer codes(wire::csv::Formulas::keep);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!results[i].is_object()) return fail(Errc::internal, "bad-answer", "a result is not an object");
    const auto& result = results[i].get_object();
    if (flag_at(result, "ok")) {
      ++tally.added;
      if (result.contains("code")) {
        codes.text(rows[i].device)
            .text(rows[i].profile)
            .text(text_at(result, "code"))
            .text(text_at(result, "expires"))
            .end_row();
      }
      continue;
    }
    const auto& error = object_at(result, "error");
    tally.refused.emplace_back(json::Object{{"line", rows[i].line},
                                            {"device", rows[i].device},
                                            {"reason", text_at(error, "reason")},
                                            {"detail", text_at(error, "detail")}});
  }
  return std::move(codes).take();
}

void report(Context& context, const std::string& path, const Tally& tally, Pass pass) {
  const bool unchanged = pass == Pass::check || context.dry_run();
  if (context.json()) {
    context.out.value(json::Object{{unchanged ? "would_add" : "added", tally.added}, {"refused", tally.refused}});
    return;
  }
  for (std::size_t i = 0; i < std::min(tally.refused.size(), refusals_shown_max); ++i) {
    const auto& refused = tally.refused[i].get_object();
    context.out.note(
        escape(fmt::format("{}:{}: {}: {} [{}]", path, number_at(refused, "line"), text_at(refused, "device"),
                           text_at(refused, "detail"), text_at(refused, "reason"))));
  }
  if (tally.refused.size() > refusals_shown_max) {
    context.out.note(
        fmt::format("… and {} more; --json lists them all", grouped(tally.refused.size() - refusals_shown_max)));
  }
  context.out.line(fmt::format("{} {}, {} refused.", unchanged ? "Would add" : "Added", grouped(tally.added),
                               grouped(tally.refused.size())));
}

// Sends all rows, batch by batch; codes go to the file as they come.
Result<Tally> run_pass(Context& context, Api& server, const std::string& fleet, std::span<const DeviceRow> rows,
                       CodeFile* codes, Pass pass) {
  Tally tally;
  Progress bar(context.out, pass == Pass::check || context.dry_run() ? "checking devices" : "adding devices");
  for (std::size_t at = 0; at < rows.size(); at += batch_devices) {
    const auto batch = rows.subspan(at, std::min(batch_devices, rows.size() - at));
    auto answer =
        object_of(server.post(path_of("fleets", fleet, "devices"), body_of(batch, context, codes != nullptr, pass)));
    if (!answer) {
      return std::unexpected(std::move(answer).error().during(fmt::format("after {} of {} devices", at, rows.size())));
    }
    TRY(const auto lines, take_results(batch, *answer, tally));
    if (codes != nullptr) CHECK(codes->write(lines));
    bar.update(at + batch.size(), rows.size());
  }
  bar.finish();
  return tally;
}

// Devices that an earlier run has made a code for: a second one would end the first.
void leave_out(std::vector<DeviceRow>& rows, const std::vector<CodeRow>& earlier) {
  std::unordered_set<std::string_view> done;
  for (const auto& row : earlier) done.insert(row.device);
  std::erase_if(rows, [&](const DeviceRow& row) { return done.contains(row.device); });
}

Result<void> add_file(Context& context) {
  const std::string path(context.args.text("csv"));
  TRY(const auto text, read_text_file(path, device_csv_bytes_max));
  auto rows = parse_device_csv(text);
  if (!rows) return std::unexpected(std::move(rows).error().during("reading " + path));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const bool partial = context.args.flag("partial");
  if (!partial && !context.dry_run()) {
    TRY(const auto checked, run_pass(context, *server, fleet, *rows, nullptr, Pass::check));
    if (!checked.refused.empty()) {
      report(context, path, checked, Pass::check);
      return fail(Errc::conflict, "some-refused",
                  fmt::format("{} of {} devices would be refused, so none was added; mend the file, or add the others "
                              "with --partial",
                              checked.refused.size(), rows->size()));
    }
  }
  std::optional<CodeFile> codes;
  if (context.args.has("codes") && !context.dry_run()) {
    const std::string file(context.args.text("codes"));
    TRY(codes, context.args.flag("resume") ? CodeFile::resume(file) : CodeFile::create(file));
    leave_out(*rows, codes->earlier());
  }
  TRY(const auto tally, run_pass(context, *server, fleet, *rows, codes ? &*codes : nullptr, Pass::add));
  report(context, path, tally, Pass::add);
  if (tally.refused.empty()) return {};
  return fail(Errc::conflict, "some-refused",
              fmt::format("{} of {} devices were refused", tally.refused.size(), rows->size()));
}

Result<void> add_one(Context& context) {
  if (!context.args.has("profile"))
    return std::unexpected(usage_error("a device needs its --profile ('outrider profile list')"));
  auto id = DeviceId::parse(context.args.text("DEVICE"));
  if (!id) return std::unexpected(usage_error(id.error().detail));
  const std::vector<DeviceRow> rows{{1, id->value, std::string(context.args.text("profile")),
                                     std::string(context.args.text("serial-number")),
                                     std::string(context.args.text("label"))}};
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto answer, object_of(server->post(path_of("fleets", fleet, "devices"),
                                                body_of(rows, context, context.args.flag("code"), Pass::add))));
  Tally tally;
  CHECK(take_results(rows, answer, tally));
  if (!tally.refused.empty()) {
    const auto& refused = tally.refused.front().get_object();
    return fail(Errc::conflict, text_at(refused, "reason"), text_at(refused, "detail"));
  }
  const auto& result = list_at(answer, "results").front().get_object();
  if (context.json()) {
    context.out.value(result);
  } else if (context.dry_run()) {
    context.out.line(fmt::format("Would add {}. Nothing was changed.", id->value));
  } else if (context.args.flag("code")) {
    context.out.line(escape(text_at(result, "code")));
    context.out.note(fmt::format("Added {}. Its code works once, until {}; this is the only time it is shown.",
                                 id->value, escape(text_at(result, "expires"))));
  } else {
    context.out.line(fmt::format("Added {}. It may enrol with a code: outrider device code {}", id->value, id->value));
  }
  return {};
}

Result<void> add_devices(Context& context) {
  CHECK(context.args.duration("code-life"));
  const bool file = context.args.has("csv");
  if (file == context.args.has("DEVICE")) return std::unexpected(usage_error("give either a device or --csv FILE"));
  if (!file && context.args.has("codes"))
    return std::unexpected(usage_error("--codes goes with --csv; for one device use --code"));
  if (!file && context.args.flag("resume")) return std::unexpected(usage_error("--resume goes with --csv"));
  if (!file && context.args.flag("partial")) return std::unexpected(usage_error("--partial goes with --csv"));
  if (file) {
    for (const std::string_view option : {"profile", "serial-number", "label"}) {
      if (context.args.has(option))
        return std::unexpected(usage_error(fmt::format("--{} is a column of the file with --csv", option)));
    }
    if (context.args.flag("code")) return std::unexpected(usage_error("with --csv, codes go to a file: --codes FILE"));
    return add_file(context);
  }
  return add_one(context);
}

}  // namespace

Command device_add_command() {
  return {
      .path = "device add",
      .summary = "Register devices that may then enrol",
      .about =
          "One device by its id and --profile, or a whole file with --csv (columns "
          "device,profile[,serial_number,label], "
          "sent in batches of 1000). With --code, or with --codes for a file, each gets a single-use enrolment "
          "code.\n\n"
          "A file is checked whole, here and by the server, before anything of it is added. If any device "
          "would be refused, those are listed and none is added; with --partial the others are.",
      .arguments = {{"DEVICE", "its id: letters, digits, '.', '_' and '-', at most 64", true}},
      .options = {{"profile", "PROFILE", "the profile of the one device"},
                  {"serial-number", "TEXT", "the maker's serial number of the one device"},
                  {"label", "TEXT", "what people call the one device"},
                  {"code", "", "also make an enrolment code for the one device and print it"},
                  {"csv", "FILE", "register every device of this file"},
                  {"codes", "FILE",
                   "with --csv: make codes and write device,profile,code,expires to this new file (mode 0600)"},
                  {"code-life", "DURATION", "how long codes work, e.g. 7d (default: the server's enrolment.code_life)"},
                  {"partial", "", "with --csv: add the others when some are refused"},
                  {"resume", "",
                   "with --csv: go on after an interruption: devices that are there as the file says are no refusal, "
                   "and those that have a code in the --codes file get no other"}},
      .examples = {{"one device, and the code for its installer",
                    "outrider device add truck-7 --profile fleet-tracker --code"},
                   {"check a delivery's list, then register it", "outrider device add --csv delivery.csv --dry-run"},
                   {"with a code for each", "outrider device add --csv delivery.csv --codes codes.csv"},
                   {"after the connection broke", "outrider device add --csv delivery.csv --codes codes.csv --resume"}},
      .traits = {.remote = true, .fleet = true, .mutates = true},
      .run = add_devices};
}

}  // namespace outrider::cli
