#include "fleet/profile/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  CHECK(print_list(context,
                   {.path = path_of("fleets", fleet, "profiles"),
                    .columns = {{"PROFILE"}, {"CLASS"}, {"INTERVAL", Align::right}, {"TITLE", Align::left, true}}},
                   [&](const json::Object& item) -> std::vector<Cell> {
                     return {text_at(item, "profile"), text_at(item, "device_class"),
                             format_duration(std::chrono::seconds(number_at(item, "interval_s"))),
                             text_at(item, "title")};
                   }));
  return {};
}

Result<void> show(Context& context) {
  TRY(const auto id, ProfileId::parse(context.args.text("PROFILE")));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string path = path_of("fleets", fleet, "profiles", id.value);
  if (context.json()) {
    TRY(const auto profile, server->get(path));
    context.out.value(profile);
    return {};
  }
  TRY(const auto toml, server->get_text(path, {}, "application/toml"));
  // The file as it is, but for what a terminal would obey.
  std::string_view rest = toml;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string line = context.out.terminal().out_tty ? escape(rest.substr(0, end)) : std::string(rest.substr(0, end));
    context.out.line(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

Result<fleet::Profile> read_profile(const std::string& file) {
  TRY(const auto text, read_text_file(file, fleet::profile_bytes_max));
  return fleet::Profile::parse(text, file);
}

Result<void> check(Context& context) {
  json::Array all;
  std::size_t bad = 0;
  for (const std::string& file : context.args.list("FILE")) {
    const auto profile = read_profile(file);
    json::Object one{{"file", file}, {"ok", profile.has_value()}};
    if (profile) {
      one["profile"] = profile->id.value;
      context.out.note(
          fmt::format("{}: good ({}, {} readings)", escape(file), escape(profile->id.value), profile->readings.size()));
    } else {
      ++bad;
      one["reason"] = profile.error().reason;
      one["detail"] = profile.error().text();
      context.out.note(context.out.paint(Colour::red, escape(profile.error().text())));
    }
    all.emplace_back(std::move(one));
  }
  if (context.json()) context.out.value(all);
  if (bad == 0) return {};
  return fail(Errc::malformed, "bad-profile",
              fmt::format("{} of {} files {} no good profile", bad, all.size(), bad == 1 ? "is" : "are"));
}

Result<void> add(Context& context) {
  const std::string file(context.args.text("FILE"));
  // Checked here first: the error then names the operator's own file and line.
  TRY(const auto profile, read_profile(file));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  if (context.dry_run()) {
    const auto there = server->get(path_of("fleets", fleet, "profiles", profile.id.value));
    if (!there && there.error().code != Errc::not_found) return std::unexpected(there.error());
    return print_outcome(
        context, json::Object{{"profile", profile.id.value}, {"replaces", there.has_value()}, {"dry_run", true}},
        {.would = fmt::format("Would {} profile {} in fleet {}.", there ? "replace" : "add", profile.id.value, fleet)});
  }
  TRY(const auto answer, server->post_text(path_of("fleets", fleet, "profiles"), "application/toml", profile.toml,
                                           {{"file", std::filesystem::path(file).filename().string()}}));
  if (context.json()) {
    TRY(const auto document, json::parse(answer));
    context.out.value(document);
  } else {
    context.out.line(fmt::format("Profile {} is in force in fleet {}.", profile.id.value, fleet));
  }
  return {};
}

}  // namespace

std::vector<Command> profile_commands() {
  return {
      {.path = "profile list",
       .summary = "List the profiles of a fleet",
       .about = "",
       .arguments = {},
       .options = {},
       .examples = {{"what devices may be", "outrider profile list"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
      {.path = "profile show",
       .summary = "Print a profile's file",
       .about = "The TOML text as it was added; with --json what it means.",
       .arguments = {{"PROFILE", "its id"}},
       .options = {},
       .examples = {{"a copy to start your own from", "outrider profile show fleet-tracker > my-tracker.toml"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
      {.path = "profile check",
       .summary = "Check profile files",
       .about = "Every mistake names file, line and key. Needs no server.",
       .arguments = {{"FILE", "a TOML file", false, true}},
       .options = {},
       .examples = {{"before adding it", "outrider profile check my-tracker.toml"}},
       .traits = {},
       .run = check},
      {.path = "profile add",
       .summary = "Add a profile to a fleet, or replace it",
       .about = "Devices of the profile are held to the new one from then on.",
       .arguments = {{"FILE", "a TOML file"}},
       .options = {},
       .examples = {{"see first whether it replaces one", "outrider profile add my-tracker.toml --dry-run"},
                    {"put it in force", "outrider profile add my-tracker.toml"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = add},
  };
}

}  // namespace outrider::cli
