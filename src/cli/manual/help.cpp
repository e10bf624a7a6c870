#include "cli/manual/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/command/exit.h"

namespace outrider::cli {
namespace {

constexpr std::size_t text_columns = 100;

using Rows = std::vector<std::pair<std::string, std::string>>;

// Words wrapped to the text's width; lines after the first are indented.
std::string wrap(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    if (column != indent && column + word.size() + 1 > text_columns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column != indent) out += ' ', ++column;
    out += word;
    column += word.size();
    text.remove_prefix(word.size());
    if (text.starts_with("\n\n")) {
      out += "\n\n" + std::string(indent, ' ');
      column = indent;
    }
    text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  }
  return out;
}

std::string two_columns(const Rows& rows) {
  std::size_t widest = 0;
  for (const auto& [left, right] : rows) widest = std::max(widest, left.size());
  std::string out;
  for (const auto& [left, right] : rows) {
    out += fmt::format("  {:<{}}  {}\n", left, widest, wrap(right, widest + 4));
  }
  return out;
}

std::string usage_of(const Command& command) {
  std::string out = fmt::format("outrider {}", command.path);
  for (const Argument& argument : command.arguments) {
    out +=
        fmt::format(fmt::runtime(argument.optional ? " [{}{}]" : " {}{}"), argument.name, argument.many ? "..." : "");
  }
  for (const Option& option : command.options) {
    if (option.required) out += fmt::format(" --{} {}", option.name, option.value);
  }
  return out + " [options]";
}

std::string name_of_option(const Option& option) {
  return fmt::format("--{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
}

std::string help_of_option(const Option& option) {
  std::string out(option.help);
  if (!option.fallback.empty()) out += fmt::format(" (default: {})", option.fallback);
  if (option.required) out += " (required)";
  return out;
}

Rows rows_of_noun(std::string_view noun) {
  Rows out;
  for (const Command& command : commands()) {
    const auto space = command.path.find(' ');
    const bool belongs = space == std::string_view::npos ? noun.empty() : command.path.substr(0, space) == noun;
    if (belongs) out.emplace_back(command.path, command.summary);
  }
  return out;
}

// As it stands in a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<' || c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string manual_of(const Command& command) {
  std::string out = fmt::format("### outrider {}\n\n{}.\n\n", command.path, command.summary);
  if (!command.about.empty()) out += fmt::format("{}\n\n", command.about);
  out += fmt::format("```\n{}\n```\n\n", usage_of(command));
  if (!command.arguments.empty() || !command.options.empty()) {
    out += "| | |\n|---|---|\n";
    for (const Argument& argument : command.arguments)
      out += fmt::format("| `{}` | {} |\n", argument.name, cell(argument.help));
    for (const Option& option : command.options) {
      out += fmt::format("| `{}` | {} |\n", name_of_option(option), cell(help_of_option(option)));
    }
    out += '\n';
  }
  std::string shared;
  if (command.traits.fleet) shared += " `--fleet`";
  if (command.traits.mutates) shared += " `--dry-run`";
  if (command.traits.remote) shared += " `--data` `--server` `--token-file` `--ca`";
  out += fmt::format("Shared options:{} `--json` `--help`\n\n```sh\n", shared);
  for (const Example& example : command.examples) out += fmt::format("# {}\n{}\n", example.what, example.line);
  return out + "```\n\n";
}

constexpr std::string_view manual_head = R"(# The `outrider` command

<!-- Written by the cli tests from the command table (OUTRIDER_WRITE_DOCS=1 cli_test); edit the table, not this page. -->

`outrider <noun> <verb>` talks to a running server through the Unix socket in its data directory
(`<data>/run/outrider.sock`, which only the server's user may open), or to a remote one with `--server`. `config check`,
`profile check`, `verify` and `ledger verify --offline` need no server at all.

## Output

Results go to standard output, everything else (errors, notes, progress) to standard error. For people: aligned tables,
relative ages, colours only on a terminal and not when `NO_COLOR` is set. With `--json` a command writes one JSON
document on one line, lists as an array; streams (`tail`) write one document a line (NDJSON). An error is
then `{"error":{"code","reason","detail"}}` on standard error. Fields are only ever added.

Whatever a device said is escaped: control characters, bytes that are not UTF-8 and characters that reorder or hide text
are shown as `\n`, `\xNN` or `\u{NNNN}`.

)";

}  // namespace

std::string help_of(const Command& command) {
  std::string out = fmt::format("outrider {} - {}\n\nUsage: {}\n", command.path, command.summary, usage_of(command));
  if (!command.about.empty()) out += "\n" + wrap(command.about, 0) + "\n";
  Rows rows;
  for (const Argument& argument : command.arguments) rows.emplace_back(argument.name, argument.help);
  if (!rows.empty()) out += "\nArguments:\n" + two_columns(std::exchange(rows, {}));
  for (const Option& option : all_options(command)) rows.emplace_back(name_of_option(option), help_of_option(option));
  out += "\nOptions:\n" + two_columns(rows) + "\nExamples:\n";
  for (const Example& example : command.examples) out += fmt::format("  # {}\n  {}\n", example.what, example.line);
  return out;
}

std::string help_of_noun(std::string_view noun) {
  std::string out;
  if (!noun.empty()) {
    const auto it = std::ranges::find(nouns(), noun, &Noun::name);
    out = fmt::format("outrider {} - {}\n\nCommands:\n", noun, it == nouns().end() ? "" : it->summary);
    return out + two_columns(rows_of_noun(noun)) +
           fmt::format("\n'outrider {} <verb> --help' has options and examples.\n", noun);
  }
  out = "outrider - security for mobile IoT fleets\n\nUsage: outrider <noun> <verb> [options]\n\nCommands:\n";
  Rows rows = rows_of_noun("");
  for (const Noun& each : nouns()) {
    for (auto& row : rows_of_noun(each.name)) rows.push_back(std::move(row));
  }
  out += two_columns(rows) + "\nExit status:\n";
  rows.clear();
  for (const ExitMeaning& each : exit_meanings())
    rows.emplace_back(fmt::format("{}", static_cast<int>(each.code)), each.meaning);
  out += two_columns(rows);
  return out +
         "\n'outrider <command> --help' has options and examples.\n\nExamples:\n"
         "  # see it all with a simulated fleet\n  outrider quickstart\n"
         "  # the devices of a running server\n  outrider device list --data ./data\n";
}

std::string manual() {
  std::string out(manual_head);
  out += "## Exit status\n\n| status | meaning |\n|---|---|\n";
  for (const ExitMeaning& each : exit_meanings())
    out += fmt::format("| {} | {} |\n", static_cast<int>(each.code), each.meaning);
  out += "\n## Shared options\n\n| | |\n|---|---|\n";
  const Command everything{.path = "", .traits = {.remote = true, .fleet = true, .mutates = true}};
  for (const Option& option : all_options(everything)) {
    out += fmt::format("| `{}` | {} |\n", name_of_option(option), cell(help_of_option(option)));
  }
  out += "\n## Commands\n\n";
  for (const Command& command : commands()) {
    if (command.path.find(' ') == std::string_view::npos) out += manual_of(command);
  }
  for (const Noun& noun : nouns()) {
    for (const Command& command : commands()) {
      if (command.path.starts_with(std::string(noun.name) + " ")) out += manual_of(command);
    }
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace outrider::cli
