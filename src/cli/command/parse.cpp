#include "cli/command/parse.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "base/suggest.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"

namespace outrider::cli {
namespace {

struct Split {
  std::string path;               // words that name a command, or a noun
  std::vector<std::string> rest;  // everything else, in order
  std::string unknown;            // a word that names nothing
};

bool takes_value_before_command(std::string_view word) {
  constexpr std::array<std::string_view, 5> with_value{"--data", "--server", "--token-file", "--ca", "--fleet"};
  return std::ranges::find(with_value, word) != with_value.end();
}

bool is_noun(std::string_view word) {
  return std::ranges::find(nouns(), word, &Noun::name) != nouns().end();
}

// Finds the command's words, and lets options stand before them.
Split split(std::span<const std::string> words) {
  Split out;
  std::size_t at = 0;
  while (at < words.size() && words[at].starts_with("-")) {
    const bool with_value = takes_value_before_command(words[at]);
    out.rest.push_back(words[at++]);
    if (with_value && at < words.size()) out.rest.push_back(words[at++]);
  }
  if (at < words.size()) {
    const std::string& first = words[at++];
    if (find_command(first) != nullptr) {
      out.path = first;
    } else if (is_noun(first)) {
      out.path = first;
      if (at < words.size() && !words[at].starts_with("-")) {
        const std::string both = first + " " + words[at];
        if (find_command(both) != nullptr) {
          out.path = both;
          ++at;
        } else {
          out.unknown = words[at];
        }
      }
    } else {
      out.unknown = first;
    }
  }
  out.rest.insert(out.rest.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return out;
}

// The words that may follow `noun` (empty: the first words).
std::vector<std::string_view> next_words(std::string_view noun) {
  std::vector<std::string_view> out;
  if (noun.empty()) {
    for (const Noun& each : nouns()) out.push_back(each.name);
  }
  for (const Command& command : commands()) {
    const auto space = command.path.find(' ');
    if (noun.empty() && space == std::string_view::npos) out.push_back(command.path);
    if (!noun.empty() && space != std::string_view::npos && command.path.substr(0, space) == noun) {
      out.push_back(command.path.substr(space + 1));
    }
  }
  return out;
}

Error unknown_word(const Split& words) {
  const auto known = next_words(words.path);
  const std::string typed = escape(std::string_view(words.unknown).substr(0, 64));
  const std::string prefix = words.path.empty() ? std::string() : words.path + " ";
  const auto best = nearest(words.unknown, known);
  std::string text = fmt::format("unknown command '{}{}'", prefix, typed);
  if (!best.empty()) text += fmt::format(" (did you mean '{}{}'?)", prefix, best);
  return usage_error(text + fmt::format("; 'outrider {}--help' lists them", prefix));
}

bool has_word(const std::vector<std::string>& words, std::string_view word) {
  const auto end = std::ranges::find(words, "--");
  return std::find(words.begin(), end, word) != end;
}

// The command's options as CLI11 sees them, and where it puts the values.
struct Binding {
  CLI::App app;
  std::map<std::string, std::string, std::less<>> values;
  std::map<std::string, std::vector<std::string>, std::less<>> lists;
  std::map<std::string, bool, std::less<>> flags;
  std::map<std::string, CLI::Option*, std::less<>> options;

  explicit Binding(const Command& command) {
    app.set_help_flag();
    for (const Option& option : all_options(command)) {
      const std::string name(option.name);
      if (option.value.empty()) {
        app.add_flag("--" + name, flags[name]);
        continue;
      }
      auto* added = app.add_option("--" + name, values[name]);
      added->required(option.required)->option_text(std::string(option.value));
      options[name] = added;
    }
    for (const Argument& argument : command.arguments) {
      const std::string name(argument.name);
      if (argument.many) {
        app.add_option(name, lists[name])->required(!argument.optional);
        continue;
      }
      options[name] = app.add_option(name, values[name]);
      options[name]->required(!argument.optional);
    }
  }

  Args take(const Command& command) {
    Args out;
    out.lists = lists;
    for (const auto& [name, on] : flags) {
      if (on) out.flags.insert(name);
    }
    for (const auto& [name, option] : options) {
      if (option->count() != 0) out.values.emplace(name, values[name]);
    }
    for (const Option& option : command.options) {
      if (!option.fallback.empty()) out.values.try_emplace(std::string(option.name), option.fallback);
    }
    return out;
  }
};

// CLI11 says what is left over; we say what was probably meant.
Error unknown_option(const Command& command, const std::vector<std::string>& left) {
  for (const std::string& word : left) {
    if (!word.starts_with("-") || word == "-") continue;
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    std::vector<std::string> known;
    for (const Option& option : all_options(command)) known.push_back("--" + std::string(option.name));
    const std::vector<std::string_view> views(known.begin(), known.end());
    return usage_error(fmt::format("unknown option '{}'{}; 'outrider {} --help' lists them", escape(name.substr(0, 64)),
                                   did_you_mean(name, views), command.path));
  }
  return usage_error(fmt::format("'{}' is one argument too many; see 'outrider {} --help'",
                                 left.empty() ? "" : escape(std::string_view(left.front()).substr(0, 64)),
                                 command.path));
}

Result<Args> parse_options(const Command& command, const std::vector<std::string>& words) {
  Binding binding(command);
  // CLI11 takes its words in reverse.
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    binding.app.parse(reversed);
  } catch (const CLI::ExtrasError&) {
    return std::unexpected(unknown_option(command, binding.app.remaining()));
  } catch (const CLI::ParseError& error) {
    return std::unexpected(
        usage_error(fmt::format("{}; see 'outrider {} --help'", escape(error.what()), command.path)));
  }
  return binding.take(command);
}

}  // namespace

Result<Parsed> parse(std::span<const std::string> words) {
  Split parts = split(words);
  if (!parts.unknown.empty()) {
    if (parts.path.empty() && parts.unknown == "help") {
      std::vector<std::string> again(parts.rest.begin(), parts.rest.end());
      again.emplace_back("--help");
      return parse(again);
    }
    return std::unexpected(unknown_word(parts));
  }
  Parsed out;
  out.command = find_command(parts.path);
  if (has_word(parts.rest, "--help") || has_word(parts.rest, "-h")) {
    out.wish = Parsed::Wish::help;
    out.noun = out.command == nullptr ? parts.path : "";
    return out;
  }
  if (out.command == nullptr) {
    if (parts.path.empty()) {
      if (has_word(parts.rest, "--version")) {
        out.command = find_command("version");
        std::erase(parts.rest, "--version");
      } else if (parts.rest.empty()) {
        return std::unexpected(
            usage_error("no command given; 'outrider --help' lists them, 'outrider quickstart' shows it all"));
      } else {
        return std::unexpected(usage_error("options without a command; 'outrider --help' lists the commands"));
      }
    } else {
      std::string verbs;
      for (const auto verb : next_words(parts.path)) verbs += fmt::format("{}{}", verbs.empty() ? "" : ", ", verb);
      return std::unexpected(usage_error(fmt::format("'{}' needs a verb: {}", parts.path, verbs)));
    }
  }
  TRY(out.args, parse_options(*out.command, parts.rest));
  return out;
}

}  // namespace outrider::cli
