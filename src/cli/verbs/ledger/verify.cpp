#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/table.h"
#include "cli/verbs/ledger/entry_view.h"
#include "cli/verbs/ledger/prove_reading.h"
#include "cli/verbs/verbs.h"
#include "ledger/ledger.h"

namespace outrider::cli {
namespace {

constexpr std::size_t proof_bytes_max =
    1024UL * 1024;  // two entries of 64 KiB, paths, checkpoints and certificates are below
constexpr std::size_t key_bytes_max = 4UL * 1024;

// --key is the verifier key itself, or a file that holds it.
Result<std::string> trusted_key(const Args& args) {
  std::string key(args.text("key"));
  std::error_code error;
  if (!key.empty() && std::filesystem::is_regular_file(key, error)) {
    TRY(key, read_text_file(key, key_bytes_max));
    while (!key.empty() && (key.back() == '\n' || key.back() == '\r' || key.back() == ' ')) key.pop_back();
  }
  return key;
}

Result<void> verify(Context& context) {
  TRY(const auto key, trusted_key(context.args));
  TRY(const auto file, read_text_file(std::string(context.args.text("FILE")), proof_bytes_max));
  if (identity::is_reading_proof(file)) return verify_reading(context, file, key);
  if (context.args.has("root"))
    return std::unexpected(
        usage_error("--root goes with a bundle of 'prove reading'; a proof file has no certificates"));
  const auto proven = ledger::verify_proof(file, key);
  if (!proven) return fail(Errc::corrupt, std::string(reason_verification), "not proven: " + proven.error().text());
  if (context.json()) {
    context.out.value(json::Object{{"verified", true},
                                   {"origin", proven->origin},
                                   {"tree_size", proven->tree_size},
                                   {"key_was_given", proven->key_was_given},
                                   {"entry", json_of(proven->entry)}});
    return {};
  }
  context.out.line(
      context.out.paint(Colour::green, fmt::format("Verified: entry {} is in the log {} of {} entries.",
                                                   proven->entry.number, proven->origin, proven->tree_size)));
  print_fields(context.out, fields_of(proven->entry, context.now()));
  if (!proven->key_was_given) {
    context.out.note(
        "\nThe key came from the proof itself: this shows that the file is consistent, not who signed it. Give the "
        "fleet's key with --key ('outrider ledger status' shows it).");
  }
  return {};
}

}  // namespace

std::vector<Command> verify_commands() {
  return {{.path = "verify",
           .summary = "Check a file made by 'ledger prove' or 'prove reading'",
           .about = "Recomputes the entry's hash, its way to the root and the checkpoint's signature; of a signed "
                    "reading also the "
                    "device's signature and its certificates. Needs no server and no database. Ends with status 4 when "
                    "anything does not fit.",
           .arguments = {{"FILE", "the proof file, or the bundle of a signed reading"}},
           .options = {{"key", "KEY", "the fleet's verifier key <name>+<hash>+<key>, or a file that holds it"},
                       {"root", "FILE", "of a signed reading: the root certificates you trust, in PEM"}},
           .examples = {{"who signed does not matter", "outrider verify report.proof"},
                        {"it must be our own server", "outrider verify report.proof --key fleet.key"},
                        {"a signed reading, with root and key from elsewhere",
                         "outrider verify reading.json --key fleet.key --root root.pem"}},
           .traits = {},
           .run = verify}};
}

}  // namespace outrider::cli
