#include "cli/command/args.h"

#include <fmt/format.h>

#include <charconv>

#include "base/time.h"
#include "cli/command/exit.h"

namespace outrider::cli {

std::string_view Args::text(std::string_view name) const {
  const auto it = values.find(name);
  return it == values.end() ? std::string_view() : std::string_view(it->second);
}

std::vector<std::string> Args::list(std::string_view name) const {
  const auto it = lists.find(name);
  return it == lists.end() ? std::vector<std::string>() : it->second;
}

Result<std::uint64_t> Args::number(std::string_view name, std::uint64_t least, std::uint64_t most) const {
  if (!has(name)) return 0;
  const std::string_view typed = text(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), value);
  if (error != std::errc() || end != typed.data() + typed.size() || value < least || value > most) {
    return std::unexpected(
        usage_error(fmt::format("{}: '{}' is not a whole number from {} to {}", name, typed, least, most)));
  }
  return value;
}

Result<std::optional<std::chrono::milliseconds>> Args::duration(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  auto parsed = parse_duration(text(name));
  if (!parsed) {
    return std::unexpected(usage_error(fmt::format("{}: '{}' is not a duration (30s, 15m, 2h, 7d)", name, text(name))));
  }
  return *parsed;
}

}  // namespace outrider::cli
