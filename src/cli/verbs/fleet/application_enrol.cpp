#include <fmt/format.h>

#include <filesystem>

#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/fleet/application.h"
#include "cli/verbs/fleet/application_files.h"

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

}  // namespace

Result<ApplicationId> application_of(const Args& args) {
  auto id = ApplicationId::parse(args.text("APP"));
  if (!id) return std::unexpected(usage_error(id.error().detail));
  return *std::move(id);
}

Result<json::Object> object_of(Result<json::Value> answer) {
  TRY(auto value, std::move(answer));
  if (!value.is_object()) return fail(Errc::internal, "bad-answer", "the server's answer is not an object");
  return std::move(value).as_object();
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
  if (context.dry_run()) {
    if (context.json()) {
      context.out.value(answer);
    } else {
      context.out.line(fmt::format("Would add application {}. Nothing was changed.", id.value));
    }
    return {};
  }
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
  TRY(const auto life, context.args.duration("life"));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string path = path_of("fleets", fleet, "applications", id.value);
  if (context.dry_run()) {
    TRY(const auto known, object_of(server->get(path)));
    if (known.contains("removed"))
      return fail(Errc::forbidden, "application-removed", fmt::format("application {} was revoked", id.value));
    if (context.json()) {
      context.out.value(json::Object{{"application", id.value}, {"dry_run", true}});
    } else {
      context.out.line(fmt::format(
          "Would make a new enrolment code for {}; an unused one would end. Nothing was changed.", id.value));
    }
    return {};
  }
  json::Object body;
  if (life) body["life"] = context.args.text("life");
  TRY(const auto answer, object_of(server->post(path + "/code", body)));
  if (context.json()) {
    context.out.value(answer);
    return {};
  }
  context.out.line(escape(text_at(answer, "code")));
  context.out.note(fmt::format("Works once over EST, as user {}, until {}. It is kept only as a hash.",
                               escape(text_at(answer, "user")), escape(text_at(answer, "expires"))));
  return {};
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
    if (context.json()) {
      context.out.value(json::Object{{"application", id.value}, {"dry_run", true}});
    } else {
      context.out.line(fmt::format("Would make a key and a certificate for {}. Nothing was changed.", id.value));
    }
    return {};
  }
  TRY(const auto made, enrol_into(context, *server, fleet, id, replace));
  if (context.json()) {
    context.out.value(made);
  } else {
    print_files(context, made);
  }
  return {};
}

}  // namespace outrider::cli
