#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command/args.h"
#include "cli/command/command.h"

namespace outrider::cli {

// What a command line asks for.
struct Parsed {
  enum class Wish { run, help };
  Wish wish = Wish::run;
  const Command* command = nullptr;  // nullptr with `help`: the help of a noun, or of everything
  std::string noun;                  // with `help` and no command; empty: everything
  Args args;
};

// `words` are the arguments without the program's name. Errors have the reason "usage"; an unknown command or option
// comes with the nearest known one. Shared options may also stand before the command (`outrider --data x device list`).
Result<Parsed> parse(std::span<const std::string> words);

}  // namespace outrider::cli
