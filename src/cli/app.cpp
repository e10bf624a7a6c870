#include "cli/app.h"

#include <algorithm>
#include <utility>

#include "cli/command/parse.h"
#include "cli/manual/help.h"

namespace outrider::cli {

Exit run(std::span<const std::string> words, Output& output, const Connect& connect, const Clock& clock) {
  // An error of parsing is reported in the form that was wished for, too.
  output.set_json(std::ranges::find(words, "--json") != words.end());
  auto parsed = parse(words);
  if (!parsed) {
    output.error(parsed.error());
    return exit_of(parsed.error());
  }
  if (parsed->wish == Parsed::Wish::help) {
    output.text(parsed->command != nullptr ? help_of(*parsed->command) : help_of_noun(parsed->noun));
    return Exit::ok;
  }
  output.set_json(parsed->args.flag("json"));
  Context context(std::move(parsed->args), output, connect, clock);
  const auto outcome = parsed->command->run(context);
  output.flush();
  if (outcome) return Exit::ok;
  output.error(outcome.error());
  return exit_of(outcome.error());
}

}  // namespace outrider::cli
