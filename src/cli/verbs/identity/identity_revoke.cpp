#include <fmt/format.h>

#include <iostream>

#include "base/ids.h"
#include "base/time.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/identity/identity.h"

namespace outrider::cli {
namespace {

// Options that say which identities are meant, and what the API calls them.
struct Condition {
  std::string_view option;
  std::string_view field;
};
constexpr Condition conditions[] = {{"device", "device"}, {"profile", "profile"}, {"lifecycle", "lifecycle"},
                                    {"prefix", "prefix"}, {"issuer", "issuer"},   {"key", "key"}};
constexpr Condition moments[] = {{"issued-since", "issued_since"}, {"issued-before", "issued_before"}};

Result<json::Object> filter_of(Context& context) {
  json::Object out;
  for (const auto& [option, field] : conditions)
    if (context.args.has(option)) out[field] = context.args.text(option);
  for (const auto& [option, field] : moments) {
    if (!context.args.has(option)) continue;
    const auto when = parse_moment(context.args.text(option), context.now());
    if (!when) return std::unexpected(usage_error(fmt::format("--{}: {}", option, when.error().detail)));
    out[field] = to_rfc3339(*when);
  }
  return out;
}

Result<void> revoke_one(Context& context, const std::string& fleet) {
  TRY(const auto serial, serial_of(context.args));
  return act(context, path_of("fleets", fleet, "identities", serial, "revoke"),
             {.would = fmt::format("Would revoke {}.", serial),
              .done = fmt::format("Revoked {}: its session is closed and it is refused from now on.", serial)});
}

void show_sample(Context& context, const json::Object& preview) {
  const auto count = number_at(preview, "count");
  context.out.line(fmt::format("{} {} meant:", grouped(count), count == 1 ? "identity is" : "identities are"));
  Table table({{"SERIAL"}, {"DEVICE"}, {"ISSUED", Align::right}, {"EXPIRES", Align::right}});
  for (const auto& item : list_at(preview, "sample")) {
    if (!item.is_object()) continue;
    const auto& identity = item.get_object();
    table.add({text_at(identity, "serial"), text_at(identity, "device"), age_at(identity, "issued", context.now()),
               age_at(identity, "not_after", context.now())});
  }
  table.print(context.out);
  if (count > list_at(preview, "sample").size()) context.out.line("…");
}

// The count typed by a person, or --yes.
Result<void> confirmed(Context& context, std::uint64_t count) {
  if (context.args.flag("yes")) return {};
  if (context.json()) return std::unexpected(usage_error("--json asks nobody: give --yes"));
  context.out.note(fmt::format("Type {} to revoke them for good:", count));
  context.out.flush();
  std::string typed;
  std::getline(std::cin, typed);
  if (typed == std::to_string(count)) return {};
  return fail(Errc::forbidden, "not-confirmed", "not confirmed; nothing was revoked");
}

Result<void> sweep(Context& context, const std::string& fleet, const json::Object& body) {
  TRY(Api * server, context.api());
  Progress bar(context.out, "revoking");
  TRY(const auto report, server->report(
                             path_of("fleets", fleet, "identities", "revoke"), body,
                             [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); },
                             "the connection ended before the report; the server goes on revoking"));
  bar.finish();
  if (context.json()) {
    context.out.value(report);
  } else {
    context.out.line(fmt::format("Revoked {} of {}: their sessions are closed and they are refused from now on.",
                                 grouped(number_at(report, "revoked")), grouped(number_at(report, "of"))));
  }
  const std::string problem = text_at(report, "problem");
  return problem.empty() ? Result<void>{} : fail(Errc::unavailable, "revocation-stopped", problem);
}

Result<void> revoke_many(Context& context, const std::string& fleet, json::Object body) {
  TRY(Api * server, context.api());
  body["why"] = context.args.text("why");
  body["dry_run"] = true;
  TRY(const auto preview, object_of(server->post(path_of("fleets", fleet, "identities", "revoke"), body)));
  const auto count = number_at(preview, "count");
  if (context.json() && context.dry_run()) {
    context.out.value(preview);
    return {};
  }
  if (!context.json()) show_sample(context, preview);
  if (context.dry_run()) {
    if (!context.json()) context.out.line("Nothing was changed.");
    return {};
  }
  if (count == 0)  // whoever asked for a revocation must not believe in one
    return fail(Errc::not_found, "nothing-meant", "no identity that is still good fits this description");
  CHECK(confirmed(context, count));
  body["dry_run"] = false;
  body["confirm"] = text_at(preview, "confirm");
  return sweep(context, fleet, body);
}

Result<void> revoke(Context& context) {
  TRY(auto filter, filter_of(context));
  const bool one = context.args.has("SERIAL");
  if (one && !filter.empty())
    return std::unexpected(usage_error("a serial number and a description exclude each other"));
  if (!one && filter.empty())
    return std::unexpected(usage_error("say which: a serial number, or a description such as --device or --profile"));
  TRY(const auto fleet, context.fleet());
  return one ? revoke_one(context, fleet) : revoke_many(context, fleet, std::move(filter));
}

}  // namespace

Command identity_revoke_command() {
  return {.path = "identity revoke",
          .summary = "Revoke certificates and close their sessions",
          .about =
              "One by its serial number, or all that a description means: every condition given must hold. A "
              "description is first shown with its count and a sample; what you confirm (type the count, or "
              "--yes) is exactly what was shown, or nothing. A device may enrol again with a new code; to end it "
              "for good use 'device retire'.",
          .arguments = {{"SERIAL", "its serial number in hex", true}},
          .options = {{"why", "REASON",
                       "RFC 5280 reason: keyCompromise, cessationOfOperation, superseded, affiliationChanged …",
                       "unspecified"},
                      {"device", "DEVICE", "all of this device"},
                      {"profile", "PROFILE", "of devices of this type"},
                      {"lifecycle", "STATE", "of devices in this state: active, quarantined, lost …"},
                      {"prefix", "TEXT", "of devices whose id begins like this"},
                      {"issued-since", "WHEN", "issued then or later: a time, or an age such as 7d"},
                      {"issued-before", "WHEN", "issued before: a time, or an age such as 7d"},
                      {"issuer", "KEYID", "signed by this issuing CA ('outrider ca status' shows it)"},
                      {"key", "SHA256", "that hold this public key: hex of SHA-256 over its SubjectPublicKeyInfo"},
                      {"yes", "", "do not ask"}},
          .examples = {{"what would happen", "outrider identity revoke 5a0c11937e42 --why keyCompromise --dry-run"},
                       {"a key that got out", "outrider identity revoke 5a0c11937e42 --why keyCompromise"},
                       {"a bad batch", "outrider identity revoke --prefix truck- --issued-since 7d --why superseded"}},
          .traits = {.remote = true, .fleet = true, .mutates = true},
          .run = revoke};
}

}  // namespace outrider::cli
