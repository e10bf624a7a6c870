#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
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

Result<void> say_dry_run(Context& context, std::string_view name, std::string_view what) {
  return print_outcome(context, json::Object{{"name", name}, {"dry_run", true}},
                       {.would = fmt::format("Would {} token {}.", what, escape(name))});
}

Result<void> create(Context& context) {
  const std::string_view name = context.args.text("NAME");
  CHECK(context.args.duration("life"));
  TRY(Api * server, context.api());
  if (context.dry_run()) {
    TRY(const bool there, exists(*server, name));
    if (there) return fail(Errc::conflict, "token-exists", fmt::format("token '{}' exists already", name));
    return say_dry_run(context, name, "create");
  }
  json::Object body{{"name", name}};
  if (context.args.has("life")) body["life"] = context.args.text("life");
  TRY(const auto answer, object_of(server->post(path_of("tokens"), body)));
  if (context.json()) {
    context.out.value(answer);
    return {};
  }
  context.out.line(escape(text_at(answer, "token")));
  context.out.note(
      "This is the only time it is shown; the server keeps a hash. Put it into a file of mode 0600 for --token-file.");
  return {};
}

Result<void> list(Context& context) {
  CHECK(print_list(
      context,
      {.path = path_of("tokens"),
       .columns = {{"NAME"}, {"CREATED", Align::right}, {"EXPIRES", Align::right}, {"REVOKED", Align::right}, {"BY"}},
       .none = "No tokens."},
      [&](const json::Object& item) -> std::vector<Cell> {
        const std::string expires = age_at(item, "expires", context.now());
        return {text_at(item, "name"), age_at(item, "created", context.now()), expires.empty() ? "never" : expires,
                age_at(item, "revoked", context.now()), text_at(item, "by")};
      }));
  return {};
}

Result<void> revoke(Context& context) {
  const std::string_view name = context.args.text("NAME");
  TRY(Api * server, context.api());
  if (context.dry_run()) {
    TRY(const bool there, exists(*server, name));
    if (!there) return fail(Errc::not_found, "unknown-token", fmt::format("there is no token '{}'", name));
    return say_dry_run(context, name, "revoke");
  }
  TRY(const auto answer, server->remove(path_of("tokens", name)));
  return print_outcome(context, answer, {.done = fmt::format("Revoked token {}.", escape(name))});
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
