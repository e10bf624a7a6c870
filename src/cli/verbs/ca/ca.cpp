#include "cli/verbs/ca/ca.h"

#include <fmt/format.h>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

Result<void> status(Context& context) {
  CHECK(print_list(context,
                   {.path = path_of("authorities"),
                    .columns = {{"AUTHORITY"},
                                {"FLEET"},
                                {"KEY ID"},
                                {"SIGNED BY"},
                                {"EXPIRES", Align::right},
                                {"KEY IN"},
                                {"LIST", Align::right}}},
                   [&](const json::Object& item) -> std::vector<Cell> {
                     const std::string key = text_at(item, "key");
                     return {text_at(item, "role"),
                             text_at(item, "fleet"),
                             text_at(item, "id").substr(0, 16),
                             text_at(item, "signed_by").substr(0, 16),
                             age_at(item, "not_after", context.now()),
                             {key, key == "offline" ? Colour::yellow : Colour::none},
                             text_at(item, "list_number")};
                   }));
  return {};
}

// The fleet is needed for an issuing CA only.
Result<json::Object> body_of(Context& context) {
  const std::string role(context.args.text("ROLE"));
  if (role != "root" && role != "issuing") return std::unexpected(usage_error("expected 'root' or 'issuing'"));
  json::Object body{{"role", role}};
  if (role == "issuing") {
    TRY(const auto fleet, context.fleet());
    body["fleet"] = fleet;
  }
  return body;
}

Result<void> rotate(Context& context) {
  TRY(auto body, body_of(context));
  TRY(Api * server, context.api());
  if (context.args.has("key-uri")) body["key_uri"] = context.args.text("key-uri");
  const std::string request(context.args.text("request"));
  body["request"] = !request.empty();
  body["dry_run"] = context.dry_run();
  TRY(const auto made, object_of(server->post(path_of("authorities", "replace"), body)));
  if (!request.empty() && !context.dry_run()) CHECK(write_file_atomic(request, text_at(made, "request")));
  if (context.json()) {
    context.out.value(made);
  } else if (context.dry_run()) {
    context.out.line("It can be replaced. Nothing was changed.");
  } else if (!request.empty()) {
    context.out.line(fmt::format("Wrote {}. Sign it with the root's key, then: outrider ca import --certificate FILE",
                                 escape(request)));
  } else {
    context.out.line(fmt::format("{} signs from now on, until {}.", escape(text_at(made, "id").substr(0, 16)),
                                 escape(text_at(made, "not_after"))));
  }
  return {};
}

Result<void> forget(Context& context) {
  TRY(auto body, body_of(context));
  TRY(Api * server, context.api());
  if (context.args.has("id")) body["id"] = context.args.text("id");
  TRY(const auto answer, server->post(path_of("authorities", "forget"), body));
  return print_outcome(context, answer, {.done = "It is trusted no longer."});
}

}  // namespace

std::vector<Command> ca_commands() {
  return {
      {.path = "ca status",
       .summary = "Show the certification authorities",
       .about = "Roots, the server's issuing CA, and each fleet's, with former ones that are still trusted.",
       .arguments = {},
       .options = {},
       .examples = {{"what there is, and when it ends", "outrider ca status"}},
       .traits = {.remote = true},
       .run = status},
      {.path = "ca rotate",
       .summary = "Let a new root or issuing CA take over",
       .about = "The fleet goes on: a former issuing CA stays trusted for the certificates it has signed, and a new "
                "root is tied to the old one by cross certificates, so that devices asleep for months find their way. "
                "With the root's key elsewhere, --request writes a certification request to be signed there.",
       .arguments = {{"ROLE", "root or issuing"}},
       .options = {{"key-uri", "URI", "its key is in a device: pkcs11:token=…;object=…?pin-source=file:… (RFC 7512)"},
                   {"request", "FILE", "write a request for the issuing CA instead (PKCS#10, PEM)"}},
       .examples = {{"a new issuing CA", "outrider ca rotate issuing --fleet demo"},
                    {"with the root offline", "outrider ca rotate issuing --request demo.csr"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = rotate},
      {.path = "ca forget",
       .summary = "Trust former roots, or a former issuing CA, no longer",
       .about = "Refused while identities of the issuing CA are good, or while an issuing CA is below a former root.",
       .arguments = {{"ROLE", "root or issuing"}},
       .options = {{"id", "KEYID", "the issuing CA, as 'ca status --json' shows it"}},
       .examples = {{"when every device has seen the new root", "outrider ca forget root"}},
       .traits = {.remote = true, .fleet = true},
       .run = forget},
      ca_export_command(),
      ca_import_command(),
  };
}

}  // namespace outrider::cli
