#pragma once
// What was typed after the command's name, already checked against its options.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outrider::cli {

struct Args {
  std::map<std::string, std::string, std::less<>> values;  // option or argument name → what was given, or its default
  std::map<std::string, std::vector<std::string>, std::less<>> lists;  // arguments that take many words
  std::set<std::string, std::less<>> flags;

  bool flag(std::string_view name) const { return flags.contains(name); }
  bool has(std::string_view name) const { return values.contains(name); }
  std::vector<std::string> list(std::string_view name) const;
  // Empty when not given.
  std::string_view text(std::string_view name) const;
  // A whole number within bounds, or a usage error naming the option. 0 when not given and without a default.
  Result<std::uint64_t> number(std::string_view name, std::uint64_t least, std::uint64_t most) const;
  Result<std::optional<std::chrono::milliseconds>> duration(std::string_view name) const;
};

}  // namespace outrider::cli
