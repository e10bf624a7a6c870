#include "cli/verbs/fleet/device.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ids.h"
#include "base/suggest.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/identity/enrolment_code.h"
#include "cli/verbs/identity/identity.h"
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

Result<DeviceId> device_of(const Args& args) {
  auto id = DeviceId::parse(args.text("DEVICE"));
  if (!id) return std::unexpected(usage_error(id.error().detail));
  return *std::move(id);
}

// The highest risk that stands against it, and of what: "12.4 false-position (page)".
Cell risk_cell(const json::Object& risk) {
  if (risk.empty()) return {};
  const auto level = text_at(risk, "level");
  const auto* nats = risk.if_contains("risk");
  const double amount = nats != nullptr && nats->is_double() ? nats->get_double() : 0;
  return {fmt::format("{:.1f} {}{}", amount, text_at(risk, "threat"), level == "none" ? "" : " (" + level + ")"),
          level == "page"     ? Colour::red
          : level == "ticket" ? Colour::yellow
                              : Colour::dim};
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
  Query query{{"limit", "1000"}};
  for (const std::string_view filter : {"profile", "lifecycle", "prefix"}) {
    if (context.args.has(filter)) query[std::string(filter)] = context.args.text(filter);
  }
  if (context.args.flag("online")) query["online"] = "true";
  if (context.args.flag("offline")) query["online"] = "false";
  if (limit != 0 && limit < 1000) query["limit"] = fmt::format("{}", limit);
  CHECK(print_list(context,
                   {.path = path_of("fleets", fleet, "devices"),
                    .query = std::move(query),
                    .items_max = limit == 0 ? all_items : limit,
                    .columns = {{"DEVICE"},
                                {"PROFILE"},
                                {"STATE"},
                                {"SINCE", Align::right},
                                {"ONLINE"},
                                {"RISK"},
                                {"LABEL", Align::left, true}},
                    .none = "No devices."},
                   [&](const json::Object& item) -> std::vector<Cell> {
                     const std::string lifecycle = text_at(item, "lifecycle");
                     const bool online = flag_at(item, "online");
                     return {text_at(item, "device"),
                             text_at(item, "profile"),
                             {lifecycle, colour_of(lifecycle)},
                             age_at(item, "lifecycle_since", context.now()),
                             {online ? "yes" : "no", online ? Colour::green : Colour::dim},
                             risk_cell(object_at(item, "risk")),
                             text_at(item, "label")};
                   }));
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

void print_readings(Context& context, const json::Value& latest) {
  if (!latest.is_object()) return;
  print_section(context, {{"READING"}, {"VALUE", Align::right}, {"UNIT"}, {"AGE", Align::right}},
                list_at(latest.get_object(), "items"), [&](const json::Object& reading) -> std::vector<Cell> {
                  return {text_at(reading, "name"), text_at(reading, "value"), text_at(reading, "unit"),
                          age_at(reading, "time", context.now())};
                });
}

Result<void> show(Context& context) {
  TRY(const auto id, device_of(context.args));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string path = path_of("fleets", fleet, "devices", id.value);
  TRY(auto known, object_of(server->get(path)));
  TRY(const auto latest, server->get(path + "/latest"));
  if (context.json()) {
    if (latest.is_object()) known["latest"] = list_at(latest.get_object(), "items");
    context.out.value(known);
    return {};
  }
  const std::string lifecycle = text_at(known, "lifecycle");
  const bool online = flag_at(known, "online");
  print_fields(context.out, {{"device", text_at(known, "device")},
                             {"profile", text_at(known, "profile")},
                             {"state",
                              {fmt::format("{}, since {}", lifecycle, age_at(known, "lifecycle_since", context.now())),
                               colour_of(lifecycle)}},
                             {"online", {online ? "yes" : "no", online ? Colour::green : Colour::dim}},
                             {"risk", risk_cell(object_at(known, "risk"))},
                             {"label", text_at(known, "label")},
                             {"serial number", text_at(known, "serial_number")},
                             {"added", age_at(known, "added", context.now())}});
  print_posture(context, object_at(known, "posture"));
  print_identities(context, list_at(known, "identities"));
  print_readings(context, latest);
  return {};
}

Result<void> code(Context& context) {
  TRY(const auto id, device_of(context.args));
  TRY(const auto fleet, context.fleet());
  return make_enrolment_code(context,
                             {.holder = "device",
                              .id = id.value,
                              .path = path_of("fleets", fleet, "devices", id.value),
                              .check = [](const json::Object& device, const std::string& name) -> Result<void> {
                                if (text_at(device, "lifecycle") != "retired") return {};
                                return fail(Errc::conflict, "device-retired", fmt::format("{} is retired", name));
                              },
                              .where = [](const json::Object&, const std::string& name) { return "for " + name; }});
}

}  // namespace

std::vector<Command> device_commands() {
  std::vector<Command> out{
      device_add_command(),
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
      {.path = "device code",
       .summary = "Make a new single-use enrolment code for a device",
       .about = "An unused earlier code of the device stops working.",
       .arguments = {{"DEVICE", "its id"}},
       .options = {{"life", "DURATION", "how long it works, e.g. 2h (default: the server's enrolment.code_life)"}},
       .examples = {{"for an installer on site", "outrider device code truck-7 --life 2h"},
                    {"into a variable", "CODE=$(outrider device code truck-7 --json | jq -r .code)"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = code},
      device_labels_command(),
  };
  for (Command& command : device_state_commands()) out.push_back(std::move(command));
  return out;
}

}  // namespace outrider::cli
