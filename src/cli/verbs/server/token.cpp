#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

Result<bool> exists(Api& server, std::string_view name) {
  bool found = false;
  CHECK(server.each(path_of("tokens"), {}, all_items, [&](const json::Object& item) {
    found = text_at(item, "name") == name;
    return !found;
  }));
  return found;
}

void say_dry_run(Context& context, std::string_view name, std::string_view what) {
  if (context.json()) {
    context.out.value(json::Object{{"name", name}, {"dry_run", true}});
  } else {
    context.out.line(fmt::format("Would {} token {}. Nothing was changed.", what, escape(name)));
  }
}

Result<void> create(Context& context) {
  const std::string_view name = context.args.text("NAME");
  CHECK(context.args.duration("life"));
  TRY(Api * server, context.api());
  if (context.dry_run()) {
    TRY(const bool there, exists(*server, name));
    if (there) return fail(Errc::conflict, "token-exists", fmt::format("token '{}' exists already", name));
    say_dry_run(context, name, "create");
    return {};
  }
  json::Object body{{"name", name}};
  if (context.args.has("life")) body["life"] = context.args.text("life");
  TRY(const auto answer, server->post(path_of("tokens"), body));
  if (context.json()) {
    context.out.value(answer);
    return {};
  }
  if (!answer.is_object()) return fail(Errc::internal, "bad-answer", "the server's answer is not an object");
  context.out.line(escape(text_at(answer.get_object(), "token")));
  context.out.note(
      "This is the only time it is shown; the server keeps a hash. Put it into a file of mode 0600 for --token-file.");
  return {};
}

Result<void> list(Context& context) {
  TRY(Api * server, context.api());
  json::Array all;
  Table table({{"NAME"}, {"CREATED", Align::right}, {"EXPIRES", Align::right}, {"REVOKED", Align::right}, {"BY"}});
  CHECK(server->each(path_of("tokens"), {}, all_items, [&](const json::Object& item) {
    all.emplace_back(item);
    const auto age = [&](std::string_view key, std::string_view none) {
      const auto time = time_at(item, key);
      return time ? relative(*time, context.now()) : std::string(none);
    };
    table.add(
        {text_at(item, "name"), age("created", ""), age("expires", "never"), age("revoked", ""), text_at(item, "by")});
    return true;
  }));
  if (context.json()) {
    context.out.value(all);
  } else if (table.empty()) {
    context.out.line("No tokens.");
  } else {
    table.print(context.out);
  }
  return {};
}

Result<void> revoke(Context& context) {
  const std::string_view name = context.args.text("NAME");
  TRY(Api * server, context.api());
  if (context.dry_run()) {
    TRY(const bool there, exists(*server, name));
    if (!there) return fail(Errc::not_found, "unknown-token", fmt::format("there is no token '{}'", name));
    say_dry_run(context, name, "revoke");
    return {};
  }
  TRY(const auto answer, server->remove(path_of("tokens", name)));
  if (context.json()) {
    context.out.value(answer);
  } else {
    context.out.line(fmt::format("Revoked token {}.", escape(name)));
  }
  return {};
}

}  // namespace

std::vector<Command> token_commands() {
  return {
      {.path = "token create",
       .summary = "Create an API token for --token-file",
       .about = "",
       .arguments = {{"NAME", "who or what will use it"}},
       .options = {{"life", "DURATION", "how long it works, e.g. 90d (default: until it is revoked)"}},
       .examples = {{"for a dashboard, into a file only you can read",
                     "(umask 077; outrider token create dashboard --life 90d > dashboard.token)"}},
       .traits = {.remote = true, .mutates = true},
       .run = create},
      {.path = "token list",
       .summary = "List API tokens",
       .about = "",
       .arguments = {},
       .options = {},
       .examples = {{"who may come in", "outrider token list"}},
       .traits = {.remote = true},
       .run = list},
      {.path = "token revoke",
       .summary = "Revoke an API token",
       .about = "",
       .arguments = {{"NAME", "its name"}},
       .options = {},
       .examples = {{"a dashboard that is gone", "outrider token revoke dashboard"}},
       .traits = {.remote = true, .mutates = true},
       .run = revoke},
  };
}

}  // namespace outrider::cli
