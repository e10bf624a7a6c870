#include "cli/manual/completion.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/command/command.h"
#include "cli/command/exit.h"

namespace outrider::cli {
namespace {

std::string_view first_word(std::string_view path) {
  return path.substr(0, path.find(' '));
}

std::string_view verb_of(std::string_view path) {
  const auto space = path.find(' ');
  return space == std::string_view::npos ? std::string_view() : path.substr(space + 1);
}

bool takes_file(const Option& option) {
  return option.value == "FILE" || option.value == "DIR";
}
bool takes_file(const Argument& argument) {
  return argument.name == "FILE";
}

std::string words_after_program() {
  std::string out;
  for (const Command& command : commands()) {
    if (verb_of(command.path).empty()) out += fmt::format("{} ", command.path);
  }
  for (const Noun& noun : nouns()) out += fmt::format("{} ", noun.name);
  out.pop_back();
  return out;
}

std::string verbs_of(std::string_view noun) {
  std::string out;
  for (const Command& command : commands()) {
    if (first_word(command.path) == noun && !verb_of(command.path).empty()) {
      out += fmt::format("{}{}", out.empty() ? "" : " ", verb_of(command.path));
    }
  }
  return out;
}

std::string options_of(const Command& command) {
  std::string out;
  for (const Option& option : all_options(command)) out += fmt::format("{}--{}", out.empty() ? "" : " ", option.name);
  return out;
}

// Within single quotes of a POSIX shell or of fish.
std::string quoted(std::string_view text, std::string_view quote = "'\\''") {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += quote;
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string bash() {
  std::string out = fmt::format(R"(# bash completion of outrider; made by 'outrider completion bash'
_outrider() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  local first=${{COMP_WORDS[1]:-}} second=${{COMP_WORDS[2]:-}} options= path=
  COMPREPLY=()
  case $before in
    --config | --data | --token-file | --ca | --csv | --codes | --output | --key)
      compopt -o filenames
      COMPREPLY=($(compgen -f -- "$word"))
      return ;;
  esac
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W {} -- "$word"))
    return
  fi
)",
                                quoted(words_after_program()));
  out += "  if ((COMP_CWORD == 2)); then\n    case $first in\n";
  for (const Noun& noun : nouns()) {
    out += fmt::format("      {}) COMPREPLY=($(compgen -W {} -- \"$word\")); return ;;\n", noun.name,
                       quoted(verbs_of(noun.name)));
  }
  out += "    esac\n  fi\n  path=$first\n  case $first in\n    ";
  for (const Noun& noun : nouns()) out += fmt::format("{}{}", &noun == &nouns().front() ? "" : " | ", noun.name);
  out += ") path=\"$first $second\" ;;\n  esac\n  case $path in\n";
  for (const Command& command : commands()) {
    out += fmt::format("    {}) options={} ;;\n", quoted(command.path), quoted(options_of(command)));
  }
  return out + R"(  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _outrider outrider
)";
}

// A description within a zsh _arguments spec: brackets and colons mean something there.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_command(const Command& command) {
  std::string out = fmt::format("    {})\n      _arguments -s", quoted(command.path));
  for (const Option& option : all_options(command)) {
    std::string spec = fmt::format("--{}[{}]", option.name, zsh_text(option.help));
    if (!option.value.empty()) spec += fmt::format(":{}:{}", option.value, takes_file(option) ? "_files" : " ");
    out += " \\\n        " + quoted(spec);
  }
  for (const Argument& argument : command.arguments) {
    out += " \\\n        " + quoted(fmt::format(":{}:{}", argument.name, takes_file(argument) ? "_files" : " "));
  }
  return out + " ;;\n";
}

std::string zsh() {
  std::string out =
      "#compdef outrider\n# zsh completion of outrider; made by 'outrider completion zsh'\n_outrider() {\n"
      "  local -a words_here\n  if ((CURRENT == 2)); then\n    words_here=(\n";
  for (const Command& command : commands()) {
    if (verb_of(command.path).empty())
      out += fmt::format("      {}\n", quoted(fmt::format("{}:{}", command.path, zsh_text(command.summary))));
  }
  for (const Noun& noun : nouns())
    out += fmt::format("      {}\n", quoted(fmt::format("{}:{}", noun.name, zsh_text(noun.summary))));
  out +=
      "    )\n    _describe command words_here\n    return\n  fi\n  local path=$words[2] skip=1\n  case $words[2] in\n";
  for (const Noun& noun : nouns()) {
    out += fmt::format("    {})\n      if ((CURRENT == 3)); then\n        words_here=(\n", noun.name);
    for (const Command& command : commands()) {
      if (first_word(command.path) != noun.name) continue;
      out +=
          fmt::format("          {}\n", quoted(fmt::format("{}:{}", verb_of(command.path), zsh_text(command.summary))));
    }
    out +=
        "        )\n        _describe command words_here\n        return\n      fi\n      path=\"$words[2] $words[3]\" "
        "skip=2 ;;\n";
  }
  out += "  esac\n  shift $skip words\n  ((CURRENT -= skip))\n  case $path in\n";
  for (const Command& command : commands()) out += zsh_command(command);
  return out + "  esac\n}\n_outrider \"$@\"\n";
}

std::string fish() {
  const auto text = [](std::string_view t) { return quoted(t, "\\'"); };
  std::string out = "# fish completion of outrider; made by 'outrider completion fish'\ncomplete -c outrider -f\n";
  const auto when = [](std::string_view path) {
    const std::string_view verb = verb_of(path);
    std::string condition = fmt::format("__fish_seen_subcommand_from {}", first_word(path));
    if (!verb.empty()) condition += fmt::format("; and __fish_seen_subcommand_from {}", verb);
    return condition;
  };
  for (const Command& command : commands()) {
    if (verb_of(command.path).empty()) {
      out += fmt::format("complete -c outrider -n __fish_use_subcommand -a {} -d {}\n", command.path,
                         text(command.summary));
    }
  }
  for (const Noun& noun : nouns()) {
    out += fmt::format("complete -c outrider -n __fish_use_subcommand -a {} -d {}\n", noun.name, text(noun.summary));
  }
  for (const Command& command : commands()) {
    const std::string_view verb = verb_of(command.path);
    if (!verb.empty()) {
      const std::string condition =
          fmt::format("__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}",
                      first_word(command.path), verbs_of(first_word(command.path)));
      out += fmt::format("complete -c outrider -n {} -a {} -d {}\n", text(condition), verb, text(command.summary));
    }
    for (const Option& option : all_options(command)) {
      const std::string_view value = option.value.empty() ? "" : takes_file(option) ? " -r -F" : " -x";
      out += fmt::format("complete -c outrider -n {} -l {}{} -d {}\n", text(when(command.path)), option.name, value,
                         text(option.help));
    }
    if (std::ranges::any_of(command.arguments, [](const Argument& a) { return takes_file(a); })) {
      out += fmt::format("complete -c outrider -n {} -F\n", text(when(command.path)));
    }
  }
  return out;
}

}  // namespace

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return bash();
  if (shell == "zsh") return zsh();
  if (shell == "fish") return fish();
  return std::unexpected(
      usage_error(fmt::format("no completion for '{}'; there is bash, zsh and fish", shell.substr(0, 32))));
}

}  // namespace outrider::cli
