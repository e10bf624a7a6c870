#pragma once
// What the command's exit status means. The one place; the manual prints this table.
#include <span>
#include <string_view>

#include "base/error.h"

namespace outrider::cli {

enum class Exit : int {
  ok = 0,
  failed = 1,
  usage = 2,
  unreachable = 3,
  verification_failed = 4,
  not_found = 5,
  not_permitted = 6,
  warnings = 7,
  interrupted = 130,  // 128 + SIGINT, as shells do
};

struct ExitMeaning {
  Exit code;
  std::string_view meaning;
};
std::span<const ExitMeaning> exit_meanings();

// Reasons (Error::reason) that decide the exit status by themselves.
inline constexpr std::string_view reason_usage = "usage";
inline constexpr std::string_view reason_unreachable = "server-unreachable";
inline constexpr std::string_view reason_verification = "verification-failed";
inline constexpr std::string_view reason_interrupted = "interrupted";
inline constexpr std::string_view reason_warnings = "warnings";
// Exit::failed: the question was answered, and the answer is no (why).
inline constexpr std::string_view reason_not_allowed = "not-allowed";

Exit exit_of(const Error& error);

// A mistake in how the command was called.
Error usage_error(std::string detail);

}  // namespace outrider::cli
