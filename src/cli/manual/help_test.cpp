#include "cli/manual/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/file.h"
#include "cli/command/parse.h"
#include "cli/manual/completion.h"

namespace outrider::cli {
namespace {

using testing::HasSubstr;

// Compares the file with what the table makes of it; OUTRIDER_WRITE_DOCS=1 writes it instead.
void expect_file(const std::string& path, const std::string& content) {
  const std::string file = std::string(OUTRIDER_SOURCE_DIR) + "/" + path;
  if (std::getenv("OUTRIDER_WRITE_DOCS") != nullptr) {
    ASSERT_TRUE(write_file_atomic(file, content));
    return;
  }
  const auto found = read_text_file(file, 1024 * 1024);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_TRUE(*found == content) << path
                                 << " is not what the command table says; OUTRIDER_WRITE_DOCS=1 cli_test writes it";
}

// The words of a shell line up to the first one that the shell itself would treat, without quotes.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out(1);
  char quote = 0;
  for (const char c : line) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        out.back() += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ' ') {
      if (!out.back().empty()) out.emplace_back();
    } else if (c == '|' || c == '>' || c == ')' || c == '&' || c == ';') {
      break;
    } else {
      out.back() += c;
    }
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

TEST(CommandTable, EveryCommandHasASummaryAnActionAndAnExample) {
  std::set<std::string_view> seen;
  for (const Command& command : commands()) {
    EXPECT_TRUE(seen.insert(command.path).second) << command.path;
    EXPECT_FALSE(command.summary.empty()) << command.path;
    EXPECT_FALSE(command.summary.ends_with('.')) << command.path;
    EXPECT_FALSE(command.examples.empty()) << command.path;
    EXPECT_NE(command.run, nullptr) << command.path;
  }
}

TEST(CommandTable, EveryExampleIsACommandLineThatParses) {
  for (const Command& command : commands()) {
    bool shows_itself = false;
    for (const Example& example : command.examples) {
      for (std::size_t at = example.line.find("outrider "); at != std::string_view::npos;
           at = example.line.find("outrider ", at + 1)) {
        if (at != 0 && example.line[at - 1] != ' ' && example.line[at - 1] != '(')
          continue;  // "systemctl restart outrider"
        auto words = words_of(example.line.substr(at));
        words.erase(words.begin());
        const auto parsed = parse(words);
        EXPECT_TRUE(parsed) << example.line << ": " << (parsed ? "" : parsed.error().detail);
        shows_itself |= parsed && parsed->command == &command;
      }
    }
    EXPECT_TRUE(shows_itself) << command.path << " has no example of itself";
  }
}

TEST(CommandTable, EveryVerbThatChangesSomethingCanBeTriedFirst) {
  for (const std::string_view path : {"fleet create", "profile add", "device add", "device retire", "device code",
                                      "identity revoke", "ledger shred", "token create", "token revoke", "restore"}) {
    const Command* command = find_command(path);
    ASSERT_NE(command, nullptr) << path;
    EXPECT_TRUE(command->traits.mutates) << path;
  }
}

TEST(Help, NamesEveryOptionOfTheCommandAndShowsAnExample) {
  for (const Command& command : commands()) {
    const std::string help = help_of(command);
    EXPECT_THAT(help, HasSubstr("Examples:"));
    for (const Option& option : all_options(command)) EXPECT_THAT(help, HasSubstr("--" + std::string(option.name)));
  }
}

TEST(Help, TheOverviewNamesEveryCommandAndExitStatus) {
  const std::string help = help_of_noun("");
  for (const Command& command : commands()) EXPECT_THAT(help, HasSubstr(std::string(command.path)));
  EXPECT_THAT(help, HasSubstr("no server answers"));
  EXPECT_THAT(help_of_noun("device"), HasSubstr("device retire"));
}

TEST(Manual, EveryCommandIsDocumentedAsItIs) {
  const std::string text = manual();
  for (const Command& command : commands())
    EXPECT_THAT(text, HasSubstr("### outrider " + std::string(command.path) + "\n"));
  expect_file("docs/cli.md", text);
}

TEST(Completion, EveryShellKnowsEveryCommandAndOption) {
  for (const std::string_view shell : completion_shells) {
    const auto script = completion_script(shell);
    ASSERT_TRUE(script);
    for (const Command& command : commands()) {
      const auto space = command.path.find(' ');
      EXPECT_THAT(*script, HasSubstr(std::string(command.path.substr(space == std::string_view::npos ? 0 : space + 1))))
          << shell;
      for (const Option& option : all_options(command))
        EXPECT_THAT(*script, HasSubstr(std::string(option.name))) << shell;
    }
  }
  EXPECT_FALSE(completion_script("tcsh"));
}

TEST(Completion, ThePackagedScriptsAreTheOnesTheCommandPrints) {
  expect_file("packaging/completions/outrider.bash", *completion_script("bash"));
  expect_file("packaging/completions/_outrider", *completion_script("zsh"));
  expect_file("packaging/completions/outrider.fish", *completion_script("fish"));
}

}  // namespace
}  // namespace outrider::cli
