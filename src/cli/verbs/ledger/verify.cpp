#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/table.h"
#include "cli/verbs/ledger/entry_view.h"
#include "cli/verbs/verbs.h"
#include "ledger/ledger.h"

namespace outrider::cli {
namespace {

constexpr std::size_t proof_bytes_max = 1024UL * 1024;  // an entry of 64 KiB, its path and a checkpoint are far below
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
  return {
      {.path = "verify",
       .summary = "Check a proof file made by 'ledger prove'",
       .about =
           "Recomputes the entry's hash, its way to the root and the checkpoint's signature. Needs no server and no "
           "database. Ends with status 4 when anything does not fit.",
       .arguments = {{"FILE", "the proof file"}},
       .options = {{"key", "KEY", "the fleet's verifier key <name>+<hash>+<key>, or a file that holds it"}},
       .examples = {{"who signed does not matter", "outrider verify report.proof"},
                    {"it must be our own server", "outrider verify report.proof --key fleet.key"}},
       .traits = {},
       .run = verify}};
}

}  // namespace outrider::cli
