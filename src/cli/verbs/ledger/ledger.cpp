#include "ledger/ledger.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/input/settings.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

Result<void> status(Context& context) {
  TRY(Api * server, context.api());
  TRY(const auto ledger, object_of(server->get(path_of("ledger", "status"))));
  if (context.json()) {
    context.out.value(ledger);
    return {};
  }
  const bool healthy = flag_at(ledger, "healthy");
  context.out.line(healthy
                       ? context.out.paint(Colour::green, "healthy")
                       : context.out.paint(Colour::red, "refusing new entries: " + escape(text_at(ledger, "problem"))));
  context.out.line(fmt::format("write-ahead log: {}\n", bytes_text(number_at(ledger, "wal_bytes"))));
  Table table({{"FLEET"}, {"DURABLE", Align::right}, {"IN TREE", Align::right}, {"ROOT HASH"}});
  for (const auto& item : list_at(ledger, "fleets")) {
    if (!item.is_object()) continue;
    const auto& fleet = item.get_object();
    table.add({text_at(fleet, "fleet"), grouped(number_at(fleet, "durable")), grouped(number_at(fleet, "integrated")),
               text_at(fleet, "root")});
  }
  table.print(context.out);
  for (const auto& item : list_at(ledger, "fleets")) {
    if (!item.is_object()) continue;
    const auto& fleet = item.get_object();
    context.out.line(
        fmt::format("\n{}: verifier key {}", escape(text_at(fleet, "fleet")), escape(text_at(fleet, "public_key"))));
  }
  return {};
}

struct Verdict {
  std::uint64_t entries = 0;
  std::vector<std::string> problems;
};

// Reads the directory itself; the server may run or not.
Result<Verdict> verify_directory(Context& context, Progress& bar) {
  TRY(const auto data, data_directory(context.args));
  const auto directory = data / "ledger";
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return fail(Errc::not_found, "no-ledger", fmt::format("there is no ledger in {}", directory.string()));
  }
  TRY(auto report,
      ledger::verify(directory, [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); }));
  return Verdict{report.entries, std::move(report.problems)};
}

Result<Verdict> verify_by_server(Context& context, Progress& bar) {
  TRY(Api * server, context.api());
  TRY(const auto report, server->report(
                             path_of("ledger", "verify"), nullptr,
                             [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); },
                             "the server ended before the ledger was verified"));
  Verdict found{number_at(report, "entries"), {}};
  for (const auto& problem : list_at(report, "problems")) found.problems.push_back(shown(problem));
  if (!flag_at(report, "ok") && found.problems.empty()) found.problems.emplace_back("the server says it is not sound");
  return found;
}

Result<void> verify(Context& context) {
  const bool offline = context.args.flag("offline");
  if (offline && context.args.has("server"))
    return std::unexpected(usage_error("--offline and --server exclude each other"));
  Progress bar(context.out, "verifying");
  TRY(const auto verdict, offline ? verify_directory(context, bar) : verify_by_server(context, bar));
  bar.finish();
  if (context.json()) {
    context.out.value(json::Object{
        {"entries", verdict.entries}, {"ok", verdict.problems.empty()}, {"problems", json::from(verdict.problems)}});
  } else {
    for (const std::string& problem : verdict.problems)
      context.out.line(context.out.paint(Colour::red, escape(problem)));
    if (verdict.problems.empty()) {
      context.out.line(context.out.paint(
          Colour::green,
          fmt::format("Verified: {} entries, every hash and signature fits.", grouped(verdict.entries))));
    }
  }
  if (verdict.problems.empty()) return {};
  const std::size_t count = verdict.problems.size();
  return fail(Errc::corrupt, std::string(reason_verification),
              fmt::format("the ledger is not sound: {} problem{}", count, count == 1 ? "" : "s"));
}

Result<void> prove(Context& context) {
  TRY(const auto number, context.args.number("ENTRY", 0, std::numeric_limits<std::int64_t>::max()));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto proof, server->get_text(path_of("fleets", fleet, "ledger", "proofs", fmt::format("{}", number))));
  if (context.json()) {
    context.out.value(json::Object{{"fleet", fleet}, {"number", number}, {"proof", proof}});
  } else {
    context.out.text(proof);
  }
  return {};
}

Result<void> checkpoint(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string path = path_of("fleets", fleet, "ledger", "checkpoint");
  TRY(const auto note, context.args.flag("latest") ? server->get_text(path) : server->post_text(path, "", ""));
  if (context.json()) {
    context.out.value(json::Object{{"fleet", fleet}, {"checkpoint", note}});
  } else {
    context.out.text(note);
  }
  return {};
}

Result<void> shred(Context& context) {
  const std::string_view subject = context.args.text("SUBJECT");
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto answer,
      server->post(
          path_of("fleets", fleet, "ledger", "shred"),
          json::Object{{"subject", subject}, {"why", context.args.text("why")}, {"dry_run", context.dry_run()}}));
  if (context.json()) {
    context.out.value(answer);
  } else if (context.dry_run()) {
    context.out.line(fmt::format("Would destroy the data keys of {}. Nothing was changed.", escape(subject)));
  } else {
    context.out.line(
        fmt::format("Destroyed the data keys of {}: its personal payloads can never be read again.", escape(subject)));
  }
  return {};
}

}  // namespace

std::vector<Command> ledger_commands() {
  return {
      {.path = "ledger status",
       .summary = "Show the size, root hash and verifier key of every fleet's log",
       .about = "",
       .arguments = {},
       .options = {},
       .examples = {{"how far it is", "outrider ledger status"},
                    {"the key to hand to an auditor",
                     "outrider ledger status --json | jq -r '.fleets[0].public_key' > fleet.key"}},
       .traits = {.remote = true},
       .run = status},
      {.path = "ledger verify",
       .summary = "Read the whole ledger again and recompute every hash and signature",
       .about = "With --offline the command reads the data directory itself: no server is needed, none is trusted. "
                "Each problem "
                "names fleet and entry, or the file; the exit status is then 4.",
       .arguments = {},
       .options = {{"offline", "", "read <data>/ledger directly"}},
       .examples = {{"let the running server do it", "outrider ledger verify"},
                    {"a restored or copied directory", "outrider ledger verify --offline --data ./copy"}},
       .traits = {.remote = true},
       .run = verify},
      {.path = "ledger prove",
       .summary = "Print a proof that an entry is in the log",
       .about =
           "The proof is self-contained: whoever has it checks it with 'outrider verify', or with any C2SP tlog tool.",
       .arguments = {{"ENTRY", "the entry's number; 'outrider tail' shows them"}},
       .options = {},
       .examples = {{"for somebody who does not trust us", "outrider ledger prove 4711 > report.proof"}},
       .traits = {.remote = true, .fleet = true},
       .run = prove},
      {.path = "ledger checkpoint",
       .summary = "Sign and print a checkpoint of everything that is durable now",
       .about = "A C2SP signed note. Keep it elsewhere: a server that later shows another history contradicts it.",
       .arguments = {},
       .options = {{"latest", "", "print the last published one, sign nothing new"}},
       .examples = {{"keep one a day outside", "outrider ledger checkpoint > checkpoint-$(date +%F)"}},
       .traits = {.remote = true, .fleet = true},
       .run = checkpoint},
      {.path = "ledger shred",
       .summary = "Destroy the data keys of a subject, for ever",
       .about = "Its personal payloads can then never be read again, by nobody; the entries stay and the tree still "
                "verifies.",
       .arguments = {{"SUBJECT", "the device whose personal data are erased"}},
       .options = {{"why", "TEXT", "the reason, kept in the ledger", "", true}},
       .examples = {{"what would happen", "outrider ledger shred wearable-17 --why \"erasure request 12\" --dry-run"},
                    {"a person's wish to be forgotten",
                     "outrider ledger shred wearable-17 --why \"erasure request 12\""}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = shred},
  };
}

}  // namespace outrider::cli
