#pragma once
// The command tree as data. One `Command` feeds the parser, --help, the manual (docs/cli.md), the completions and the
// "did you mean": what is not in the table does not exist, and what is there is documented.
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outrider::cli {

class Context;

struct Option {
  std::string_view name;   // without the dashes
  std::string_view value;  // placeholder of its value; empty: a flag
  std::string_view help;
  std::string_view fallback = {};  // value when not given; empty: none
  bool required = false;
};

struct Argument {
  std::string_view name;  // "DEVICE"
  std::string_view help;
  bool optional = false;
  bool many = false;  // the last one: takes every word that is left (Args::lists)
};

struct Example {
  std::string_view what;
  std::string_view line;
};

// What kinds of options a command takes besides its own (`shared_options`).
struct Traits {
  bool remote = false;   // talks to a server: --data --server --token-file --ca
  bool fleet = false;    // works in one fleet: --fleet
  bool mutates = false;  // changes something: --dry-run
};

struct Command {
  std::string_view path;     // "device add"
  std::string_view summary;  // one line, imperative, no full stop
  std::string_view about;    // paragraphs for --help; may be empty
  std::vector<Argument> arguments;
  std::vector<Option> options;
  std::vector<Example> examples;  // at least one
  Traits traits;
  Result<void> (*run)(Context&) = nullptr;
};

// What a first word stands for ("device": "devices and their enrolment codes").
struct Noun {
  std::string_view name;
  std::string_view summary;
};

const std::vector<Command>& commands();
const std::vector<Noun>& nouns();

// Own options, then the shared ones its traits call for.
std::vector<Option> all_options(const Command& command);

// The command of that exact path; nullptr when there is none.
const Command* find_command(std::string_view path);

}  // namespace outrider::cli
