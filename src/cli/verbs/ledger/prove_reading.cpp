// Signed readings for people outside: the bundle that proves one, and its check without server or database.
#include "cli/verbs/ledger/prove_reading.h"

#include <fmt/format.h>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr std::size_t roots_bytes_max = 64UL * 1024;  // a few certificates in PEM

Result<void> prove_reading(Context& context) {
  TRY(const auto number, context.args.number("ENTRY", 0, std::numeric_limits<std::int64_t>::max()));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto proof,
      server->get(path_of("fleets", fleet, "ledger", "readings", fmt::format("{}", number), "proof")));
  context.out.text(json::pretty(proof) + "\n");
  return {};
}

std::string value_text(const wire::senml::Record& record) {
  if (const auto* const number = std::get_if<double>(&record.value)) return fmt::format("{} {}", *number, record.unit);
  if (const auto* const text = std::get_if<std::string>(&record.value)) return *text;
  if (const auto* const truth = std::get_if<bool>(&record.value)) return *truth ? "true" : "false";
  return "";
}

json::Value value_json(const wire::senml::Record& record) {
  if (const auto* const number = std::get_if<double>(&record.value)) return *number;
  if (const auto* const text = std::get_if<std::string>(&record.value)) return json::Value(std::string_view(*text));
  if (const auto* const truth = std::get_if<bool>(&record.value)) return *truth;
  if (const auto* const data = std::get_if<Bytes>(&record.value)) return json::from(*data);
  return nullptr;
}

json::Object json_of(const identity::ProvenReading& proven) {
  json::Array readings;
  for (const auto& record : proven.readings)
    readings.push_back(json::Object{{"time", to_rfc3339(record.time)},
                                    {"name", record.name},
                                    {"unit", record.unit},
                                    {"value", value_json(record)}});
  return json::Object{{"verified", true},
                      {"fleet", proven.fleet.value},
                      {"device", proven.device.value},
                      {"entry", proven.entry},
                      {"received", to_rfc3339(proven.received)},
                      {"trust", facts::word_of(proven.trust)},
                      {"algorithm", proven.algorithm},
                      {"boot_count", proven.boot_count},
                      {"number", proven.number},
                      {"certificate_serial", proven.serial},
                      {"issued_entry", proven.issued_entry},
                      {"root", proven.root},
                      {"origin", proven.origin},
                      {"tree_size", proven.tree_size},
                      {"key_was_given", proven.key_was_given},
                      {"root_was_given", proven.root_was_given},
                      {"readings", std::move(readings)}};
}

void say_what_is_missing(Context& context, const identity::ProvenReading& proven) {
  if (!proven.key_was_given)
    context.out.note(
        "\nThe log's key came from the bundle itself: give the fleet's key with --key ('outrider ledger status' shows "
        "it), or somebody else's log would do as well.");
  if (!proven.root_was_given)
    context.out.note(
        "\nThe root certificate came from the bundle itself: give yours with --root, or anybody's certificates would "
        "do as well.");
}

}  // namespace

Result<void> verify_reading(Context& context, std::string_view text, std::string log_key) {
  identity::Trusted trusted{.log_key = std::move(log_key)};
  if (context.args.has("root")) {
    TRY(const auto pem, read_text_file(std::string(context.args.text("root")), roots_bytes_max));
    TRY(trusted.roots, crypto::certificates_from_pem(pem));
    if (trusted.roots.empty()) return std::unexpected(usage_error("--root is a file with certificates in PEM"));
  }
  const auto proven = identity::verify_reading_proof(text, trusted);
  if (!proven) return fail(Errc::corrupt, std::string(reason_verification), "not proven: " + proven.error().text());
  if (context.json()) {
    context.out.value(json_of(*proven));
    return {};
  }
  context.out.line(context.out.paint(Colour::green,
                                     fmt::format("Verified: {} signed this, and entry {} of the log {} holds it.",
                                                 escape(proven->device.value), proven->entry, escape(proven->origin))));
  print_fields(
      context.out,
      {{"fleet", proven->fleet.value},
       {"device", proven->device.value},
       {"received", to_rfc3339(proven->received)},
       {"trust", facts::word_of(proven->trust)},
       {"signature", fmt::format("{}, number {} of boot {}", proven->algorithm, proven->number, proven->boot_count)},
       {"certificate", fmt::format("{} (issued in entry {})", proven->serial, proven->issued_entry)},
       {"root", proven->root}});
  Table table({{"TIME"}, {"NAME"}, {"VALUE"}});
  for (const auto& record : proven->readings) table.add({to_rfc3339(record.time), record.name, value_text(record)});
  context.out.line("");
  table.print(context.out);
  say_what_is_missing(context, *proven);
  return {};
}

std::vector<Command> prove_commands() {
  return {{.path = "prove reading",
           .summary = "Print a bundle that proves a signed reading",
           .about =
               "It holds the reading as the device signed it, its certificates up to the root, and proofs that reading "
               "and certificate are in the fleet's log. Whoever has it checks it with 'outrider verify', without "
               "server and database. It discloses the reading.",
           .arguments = {{"ENTRY", "the number of the reading's entry; 'outrider tail' shows them"}},
           .options = {},
           .examples = {{"for an insurer or a court", "outrider prove reading 4711 > reading.json"}},
           .traits = {.remote = true, .fleet = true},
           .run = prove_reading}};
}

}  // namespace outrider::cli
