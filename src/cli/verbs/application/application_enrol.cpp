#include <fmt/format.h>

#include <filesystem>

#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/application/application.h"
#include "cli/verbs/application/application_files.h"
#include "cli/verbs/identity/enrolment_code.h"

namespace outrider::cli {
namespace {

// Makes key and certificate in --out.
Result<json::Object> enrol_into(Context& context, Api& server, const std::string& fleet, const ApplicationId& id,
                                Replace replace) {
  const std::filesystem::path directory(context.args.text("out"));
  TRY(const auto key, make_application_key(directory, id, replace));
  auto answer = object_of(server.post(path_of("fleets", fleet, "applications", id.value, "certificate"),
                                      json::Object{{"csr", key.csr_pem}}));
  if (!answer) return answer;
  CHECK(write_application_files(directory, key, text_at(*answer, "certificate"), text_at(*answer, "root")));
  return json::Object{{"application", id.value},
                      {"serial", text_at(*answer, "serial")},
                      {"not_after", text_at(*answer, "not_after")},
                      {"key", (directory / application_key_file).string()},
                      {"certificate", (directory / application_certificate_file).string()},
                      {"ca", (directory / application_ca_file).string()}};
}

void print_files(Context& context, const json::Object& made) {
  context.out.line(fmt::format("Key {}, certificate {}, CA {}; good until {}.", escape(text_at(made, "key")),
                               escape(text_at(made, "certificate")), escape(text_at(made, "ca")),
                               escape(text_at(made, "not_after"))));
}

Result<void> add_application(Context& context) {
  TRY(const auto id, application_of(context.args));
  const bool files = context.args.has("out");
  if (files) CHECK(check_application_directory(std::filesystem::path(context.args.text("out")), Replace::no));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  json::Object body{{"application", id.value}, {"dry_run", context.dry_run()}};
  if (context.args.has("label")) body["label"] = context.args.text("label");
  TRY(auto answer, object_of(server->post(path_of("fleets", fleet, "applications"), body)));
  if (context.dry_run())
    return print_outcome(context, answer, {.would = fmt::format("Would add application {}.", id.value)});
  if (files) {
    auto made = enrol_into(context, *server, fleet, id, Replace::no);
    if (!made)
      return std::unexpected(std::move(made).error().during(
          fmt::format("application {} was added; its certificate was not made (outrider app enrol {} --out DIR)",
                      id.value, id.value)));
    if (context.json()) {
      context.out.value(*made);
      return {};
    }
    context.out.line(fmt::format("Added application {}.", id.value));
    print_files(context, *made);
  } else {
    TRY(const auto code,
        object_of(server->post(path_of("fleets", fleet, "applications", id.value, "code"), json::Object{})));
    if (context.json()) {
      context.out.value(code);
      return {};
    }
    context.out.line(escape(text_at(code, "code")));
    context.out.note(fmt::format(
        "Added application {}. It enrols over EST as user {} with this code, once, until {}; the code is not shown "
        "again.",
        id.value, escape(text_at(code, "user")), escape(text_at(code, "expires"))));
  }
  context.out.note(fmt::format("It may do nothing yet: outrider app grant {} --subscribe 'd/+/telemetry'", id.value));
  return {};
}

Result<void> make_application_code(Context& context) {
  TRY(const auto id, application_of(context.args));
  TRY(const auto fleet, context.fleet());
  return make_enrolment_code(
      context, {.holder = "application",
                .id = id.value,
                .path = path_of("fleets", fleet, "applications", id.value),
                .check = [](const json::Object& application, const std::string& name) -> Result<void> {
                  if (!application.contains("removed")) return {};
                  return fail(Errc::forbidden, "application-removed", fmt::format("application {} was revoked", name));
                },
                .where = [](const json::Object& answer,
                            const std::string&) { return "over EST, as user " + escape(text_at(answer, "user")); }});
}

Result<void> enrol_application(Context& context) {
  TRY(const auto id, application_of(context.args));
  const Replace replace = context.args.flag("replace") ? Replace::yes : Replace::no;
  CHECK(check_application_directory(std::filesystem::path(context.args.text("out")), replace));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  if (context.dry_run()) {
    TRY(const auto known, object_of(server->get(path_of("fleets", fleet, "applications", id.value))));
    if (known.contains("removed"))
      return fail(Errc::forbidden, "application-removed", fmt::format("application {} was revoked", id.value));
    return print_outcome(context, json::Object{{"application", id.value}, {"dry_run", true}},
                         {.would = fmt::format("Would make a key and a certificate for {}.", id.value)});
  }
  TRY(const auto made, enrol_into(context, *server, fleet, id, replace));
  if (context.json()) {
    context.out.value(made);
  } else {
    print_files(context, made);
  }
  return {};
}

}  // namespace

Result<ApplicationId> application_of(const Args& args) {
  auto id = ApplicationId::parse(args.text("APP"));
  if (!id) return std::unexpected(usage_error(id.error().detail));
  return *std::move(id);
}

Command application_add_command() {
  return {.path = "app add",
          .summary = "Register a backend service, with a certificate of its own",
          .about =
              "Prints a single-use code with which the service enrols over EST (user app/APP), or with --out makes "
              "key and certificate here: app.key, app.pem and ca.pem, ready for any MQTT client. The key never "
              "leaves this machine.\n\n"
              "An application may do nothing until it is granted topics (outrider app grant).",
          .arguments = {{"APP", "its id: letters, digits, '.', '_' and '-', at most 64"}},
          .options = {{"label", "TEXT", "what people call it"},
                      {"out", "DIR", "make app.key, app.pem and ca.pem in this directory, which is made when missing"}},
          .examples = {{"ready to use", "outrider app add billing --out billing"},
                       {"a service elsewhere, which enrols by itself", "outrider app add billing"}},
          .traits = {.remote = true, .fleet = true, .mutates = true},
          .run = add_application};
}

Command application_code_command() {
  return {.path = "app code",
          .summary = "Make a new single-use enrolment code for an application",
          .about = "An unused earlier code of the application stops working.",
          .arguments = {{"APP", "its id"}},
          .options = {{"life", "DURATION", "how long it works, e.g. 2h (default: the server's enrolment.code_life)"}},
          .examples = {{"into a variable", "CODE=$(outrider app code billing --json | jq -r .code)"}},
          .traits = {.remote = true, .fleet = true, .mutates = true},
          .run = make_application_code};
}

Command application_enrol_command() {
  return {.path = "app enrol",
          .summary = "Make a new key and certificate for an application",
          .about = "Earlier certificates keep working until they expire or are revoked (outrider identity revoke).",
          .arguments = {{"APP", "its id"}},
          .options = {{"out", "DIR", "where app.key, app.pem and ca.pem are made", "", true},
                      {"replace", "", "replace those that are there"}},
          .examples = {{"on the machine it runs on", "outrider app enrol billing --out /etc/billing/tls --replace"}},
          .traits = {.remote = true, .fleet = true, .mutates = true},
          .run = enrol_application};
}

}  // namespace outrider::cli
