#include "cli/command/context.h"
#include "cli/manual/completion.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

Result<void> complete(Context& context) {
  TRY(const auto script, completion_script(context.args.text("SHELL")));
  if (context.json()) {
    context.out.value(json::Object{{"shell", context.args.text("SHELL")}, {"script", script}});
  } else {
    context.out.text(script);
  }
  return {};
}

Result<void> version(Context& context) {
  if (context.json()) {
    context.out.value(json::Object{{"version", OUTRIDER_VERSION}});
  } else {
    context.out.line("outrider " OUTRIDER_VERSION);
  }
  return {};
}

}  // namespace

std::vector<Command> shell_commands() {
  return {
      {.path = "completion",
       .summary = "Print the completion script of a shell",
       .about = "",
       .arguments = {{"SHELL", "bash, zsh or fish"}},
       .options = {},
       .examples = {{"for this bash session", "source <(outrider completion bash)"},
                    {"for every fish session", "outrider completion fish > ~/.config/fish/completions/outrider.fish"}},
       .traits = {},
       .run = complete},
      {.path = "version",
       .summary = "Print the version of this command",
       .about = "The version of a running server is in 'outrider status'.",
       .arguments = {},
       .options = {},
       .examples = {{"the version alone, for a script", "outrider version --json | jq -r .version"}},
       .traits = {},
       .run = version},
  };
}

}  // namespace outrider::cli
