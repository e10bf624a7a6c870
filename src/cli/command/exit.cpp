#include "cli/command/exit.h"

#include <array>
#include <string>
#include <utility>

namespace outrider::cli {
namespace {

constexpr std::array meanings{
    ExitMeaning{Exit::ok, "done"},
    ExitMeaning{Exit::failed, "refused by the server, or failed; standard error says why"},
    ExitMeaning{Exit::usage, "the command was called wrongly (unknown command or option, bad value)"},
    ExitMeaning{Exit::unreachable, "no server answers at the given place"},
    ExitMeaning{Exit::verification_failed, "a proof or a ledger is not what it claims to be"},
    ExitMeaning{Exit::not_found, "the named fleet, device, profile, identity, entry or file does not exist"},
    ExitMeaning{Exit::not_permitted, "not signed in, or not allowed"},
    ExitMeaning{Exit::warnings, "done, and something deserves attention (doctor)"},
    ExitMeaning{Exit::interrupted, "ended by Ctrl-C before it was done"},
};

}  // namespace

std::span<const ExitMeaning> exit_meanings() {
  return meanings;
}

Exit exit_of(const Error& error) {
  if (error.reason == reason_usage) return Exit::usage;
  if (error.reason == reason_unreachable) return Exit::unreachable;
  if (error.reason == reason_verification || error.code == Errc::corrupt) return Exit::verification_failed;
  if (error.reason == reason_interrupted) return Exit::interrupted;
  if (error.reason == reason_warnings) return Exit::warnings;
  switch (error.code) {
    case Errc::not_found:
      return Exit::not_found;
    case Errc::unauthenticated:
    case Errc::forbidden:
      return Exit::not_permitted;
    default:
      return Exit::failed;
  }
}

Error usage_error(std::string detail) {
  return {Errc::malformed, std::string(reason_usage), std::move(detail)};
}

}  // namespace outrider::cli
