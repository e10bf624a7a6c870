#include "cli/verbs/fleet/device.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ids.h"
#include "base/suggest.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/verbs.h"
#include "facts/facts.h"

namespace outrider::cli {
namespace {

Colour colour_of(std::string_view lifecycle) {
  if (lifecycle == "active" || lifecycle == "enrolled") return Colour::green;
  if (lifecycle == "expected") return Colour::cyan;
  if (lifecycle == "retired") return Colour::dim;
  return Colour::red;
}

std::string age_at(const json::Object& object, std::string_view key, Timestamp now) {
  const auto time = time_at(object, key);
  return time ? relative(*time, now) : std::string();
}

Result<DeviceId> device_of(const Args& args) {
  auto id = DeviceId::parse(args.text("DEVICE"));
  if (!id) return std::unexpected(usage_error(id.error().detail));
  return *std::move(id);
}

// A mistyped state would be a list that is empty for the wrong reason.
Result<void> check_lifecycle(std::string_view typed) {
  std::vector<std::string_view> known;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<facts::Lifecycle>>(
      [&](auto each) { known.emplace_back(each.name); });
  if (typed.empty() || std::ranges::find(known, typed) != known.end()) return {};
  return std::unexpected(
      usage_error(fmt::format("--lifecycle: there is no '{}'{}; the states are {}", escape(typed.substr(0, 64)),
                              did_you_mean(typed, known), fmt::join(known, ", "))));
}

Result<void> list(Context& context) {
  CHECK(check_lifecycle(context.args.text("lifecycle")));
  if (context.args.flag("online") && context.args.flag("offline")) {
    return std::unexpected(usage_error("--online and --offline exclude each other"));
  }
  TRY(const auto limit, context.args.number("limit", 1, 1'000'000));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  Query query{{"limit", "1000"}};
  for (const std::string_view filter : {"profile", "lifecycle", "prefix"}) {
    if (context.args.has(filter)) query[std::string(filter)] = context.args.text(filter);
  }
  if (context.args.flag("online")) query["online"] = "true";
  if (context.args.flag("offline")) query["online"] = "false";
  if (limit != 0 && limit < 1000) query["limit"] = fmt::format("{}", limit);
  json::Array all;
  Table table({{"DEVICE"}, {"PROFILE"}, {"STATE"}, {"SINCE", Align::right}, {"ONLINE"}, {"LABEL", Align::left, true}});
  CHECK(server->each(path_of("fleets", fleet, "devices"), query, limit == 0 ? all_items : limit,
                     [&](const json::Object& item) {
                       if (context.json()) {
                         all.emplace_back(item);
                         return true;
                       }
                       const std::string lifecycle = text_at(item, "lifecycle");
                       const bool online = flag_at(item, "online");
                       table.add({text_at(item, "device"),
                                  text_at(item, "profile"),
                                  {lifecycle, colour_of(lifecycle)},
                                  age_at(item, "lifecycle_since", context.now()),
                                  {online ? "yes" : "no", online ? Colour::green : Colour::dim},
                                  text_at(item, "label")});
                       return true;
                     }));
  if (context.json()) {
    context.out.value(all);
  } else if (table.empty()) {
    context.out.line("No devices.");
  } else {
    table.print(context.out);
  }
  return {};
}

// What we believe of a device: each fact with its age.
void print_posture(Context& context, const json::Object& posture) {
  Table table({{"POSTURE"}, {"VALUE", Align::left, true}, {"SINCE", Align::right}, {"ENTRY", Align::right}});
  for (const auto& item : posture) {
    if (!item.value().is_object()) continue;
    const auto& belief = item.value().get_object();
    std::string name(item.key());
    std::ranges::replace(name, '_', ' ');
    const std::string value = text_at(belief, "value");
    table.add({name, value.empty() ? Cell("unknown", Colour::yellow) : Cell(value),
               age_at(belief, "since", context.now()), text_at(belief, "entry")});
  }
  if (table.empty()) return;
  context.out.line();
  table.print(context.out);
}

void print_identities(Context& context, const json::Array& identities) {
  Table table({{"IDENTITY"}, {"ISSUED", Align::right}, {"EXPIRES", Align::right}, {"REVOKED", Align::right}});
  for (const auto& item : identities) {
    if (!item.is_object()) continue;
    const auto& identity = item.get_object();
    table.add({text_at(identity, "serial"),
               age_at(identity, "issued", context.now()),
               age_at(identity, "not_after", context.now()),
               {age_at(identity, "revoked", context.now()), Colour::red}});
  }
  if (table.empty()) return;
  context.out.line();
  table.print(context.out);
}

void print_readings(Context& context, const json::Value& latest) {
  if (!latest.is_object()) return;
  Table table({{"READING"}, {"VALUE", Align::right}, {"UNIT"}, {"AGE", Align::right}});
  for (const auto& item : list_at(latest.get_object(), "items")) {
    if (!item.is_object()) continue;
    const auto& reading = item.get_object();
    table.add({text_at(reading, "name"), text_at(reading, "value"), text_at(reading, "unit"),
               age_at(reading, "time", context.now())});
  }
  if (table.empty()) return;
  context.out.line();
  table.print(context.out);
}

Result<void> show(Context& context) {
  TRY(const auto id, device_of(context.args));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string path = path_of("fleets", fleet, "devices", id.value);
  TRY(auto device, server->get(path));
  TRY(auto latest, server->get(path + "/latest"));
  if (!device.is_object()) return fail(Errc::internal, "bad-answer", "the server's answer is not an object");
  if (context.json()) {
    if (latest.is_object()) device.get_object()["latest"] = list_at(latest.get_object(), "items");
    context.out.value(device);
    return {};
  }
  const auto& known = device.get_object();
  const std::string lifecycle = text_at(known, "lifecycle");
  const bool online = flag_at(known, "online");
  print_fields(context.out, {{"device", text_at(known, "device")},
                             {"profile", text_at(known, "profile")},
                             {"state",
                              {fmt::format("{}, since {}", lifecycle, age_at(known, "lifecycle_since", context.now())),
                               colour_of(lifecycle)}},
                             {"online", {online ? "yes" : "no", online ? Colour::green : Colour::dim}},
                             {"label", text_at(known, "label")},
                             {"serial number", text_at(known, "serial_number")},
                             {"added", age_at(known, "added", context.now())}});
  print_posture(context, object_at(known, "posture"));
  print_identities(context, list_at(known, "identities"));
  print_readings(context, latest);
  return {};
}

Result<void> retire(Context& context) {
  TRY(const auto id, device_of(context.args));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto answer, server->post(path_of("fleets", fleet, "devices", id.value, "retire"),
                                      json::Object{{"why", context.args.text("why")}, {"dry_run", context.dry_run()}}));
  if (context.json()) {
    context.out.value(answer);
  } else if (context.dry_run()) {
    context.out.line(fmt::format("Would retire {}. Nothing was changed.", id.value));
  } else {
    context.out.line(fmt::format("Retired {}: its sessions are closed and it cannot enrol again.", id.value));
  }
  return {};
}

Result<void> code(Context& context) {
  TRY(const auto id, device_of(context.args));
  TRY(const auto life, context.args.duration("life"));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string path = path_of("fleets", fleet, "devices", id.value);
  if (context.dry_run()) {
    TRY(const auto device, server->get(path));
    const std::string lifecycle = device.is_object() ? text_at(device.get_object(), "lifecycle") : "";
    if (lifecycle == "retired") return fail(Errc::conflict, "device-retired", fmt::format("{} is retired", id.value));
    if (context.json()) {
      context.out.value(json::Object{{"device", id.value}, {"dry_run", true}});
    } else {
      context.out.line(fmt::format(
          "Would make a new enrolment code for {}; an unused one would end. Nothing was changed.", id.value));
    }
    return {};
  }
  json::Object body;
  if (life) body["life"] = context.args.text("life");
  TRY(const auto answer, server->post(path + "/code", body));
  if (context.json()) {
    context.out.value(answer);
    return {};
  }
  if (!answer.is_object()) return fail(Errc::internal, "bad-answer", "the server's answer is not an object");
  context.out.line(escape(text_at(answer.get_object(), "code")));
  context.out.note(
      fmt::format("Works once, for {}, until {}. It is kept only as a hash: this is the only time it is shown.",
                  id.value, escape(text_at(answer.get_object(), "expires"))));
  return {};
}

}  // namespace

std::vector<Command> device_commands() {
  return {
      {.path = "device add",
       .summary = "Register devices that may then enrol",
       .about = "One device by its id and --profile, or a whole file with --csv (columns "
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
                   {"code-life", "DURATION",
                    "how long codes work, e.g. 7d (default: the server's enrolment.code_life)"},
                   {"partial", "", "with --csv: add the others when some are refused"},
                   {"resume", "",
                    "with --csv: go on after an interruption: devices that are there as the file says are no refusal, "
                    "and those that have a code in the --codes file get no other"}},
       .examples = {{"one device, and the code for its installer",
                     "outrider device add truck-7 --profile fleet-tracker --code"},
                    {"check a delivery's list, then register it", "outrider device add --csv delivery.csv --dry-run"},
                    {"with a code for each", "outrider device add --csv delivery.csv --codes codes.csv"},
                    {"after the connection broke",
                     "outrider device add --csv delivery.csv --codes codes.csv --resume"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = add_devices},
      {.path = "device list",
       .summary = "List devices",
       .about = "",
       .arguments = {},
       .options = {{"profile", "PROFILE", "only of this profile"},
                   {"lifecycle", "STATE", "only expected, enrolled, active, quarantined, retired, lost or stolen ones"},
                   {"online", "", "only with a session now"},
                   {"offline", "", "only without one"},
                   {"prefix", "TEXT", "only ids that begin with this"},
                   {"limit", "N", "at most so many (default: all)"}},
       .examples = {{"who is silent", "outrider device list --lifecycle active --offline"},
                    {"how many of each profile",
                     "outrider device list --json | jq 'group_by(.profile) | map({(.[0].profile): length})'"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
      {.path = "device show",
       .summary = "Show what is known of a device, and its last readings",
       .about = "",
       .arguments = {{"DEVICE", "its id"}},
       .options = {},
       .examples = {{"everything on one device", "outrider device show truck-7"},
                    {"its battery",
                     "outrider device show truck-7 --json | jq '.latest[] | select(.name == \"battery\").value'"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
      {.path = "device retire",
       .summary = "End a device's life: its sessions close, its certificates stop working, it cannot come back",
       .about = "",
       .arguments = {{"DEVICE", "its id"}},
       .options = {{"why", "TEXT", "the reason, kept in the ledger", "", true}},
       .examples = {{"a device that was scrapped", "outrider device retire truck-7 --why \"scrapped\""}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = retire},
      {.path = "device code",
       .summary = "Make a new single-use enrolment code for a device",
       .about = "An unused earlier code of the device stops working.",
       .arguments = {{"DEVICE", "its id"}},
       .options = {{"life", "DURATION", "how long it works, e.g. 2h (default: the server's enrolment.code_life)"}},
       .examples = {{"for an installer on site", "outrider device code truck-7 --life 2h"},
                    {"into a variable", "CODE=$(outrider device code truck-7 --json | jq -r .code)"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = code},
      {.path = "device labels",
       .summary = "Make labels with QR codes from a file of enrolment codes, to print on A4",
       .about =
           "Pages of HTML with 24 labels of 70 x 37 mm each. Each QR code holds a URI with server, fleet, device and "
           "code (docs/enrolment.md). Past 2,400 labels there are several files.",
       .arguments = {{"CODES", "the CSV file that 'device add --codes' wrote"}},
       .options = {{"address", "HOST:PORT", "the server as a device reaches its HTTPS port", "", true},
                   {"out", "FILE", "the file to write (mode 0600)", "labels.html"}},
       .examples = {{"for a delivery", "outrider device labels codes.csv --address outrider.example.com:8443"}},
       .traits = {.remote = true, .fleet = true},
       .run = print_labels},
  };
}

}  // namespace outrider::cli
