#pragma once
// What went wrong, as a value. Whatever a peer, a file or an operator can cause is an `Error`; what only a bug can
// cause is an assertion. Exceptions never cross the edge of a room.
#include <string>
#include <string_view>
#include <vector>

namespace outrider {

// The class of a failure: what the receiver can do about it. Every edge translates it once into its own words
// (MQTT reason code, HTTP status, exit code).
enum class Errc : unsigned char {
  malformed,        // the input is not what its format says
  too_large,        // a limit on size or count was passed
  unauthenticated,  // we do not know who is asking
  forbidden,        // we know, and the answer is no
  not_found,
  conflict,     // valid, but not in the present state (exists already, used already)
  expired,      // was valid once
  overloaded,   // a rate or queue limit was passed; trying later helps
  unavailable,  // a dependency (disk, peer, deadline) failed; trying later may help
  corrupt,      // stored data is not what was written
  internal,     // ours; a bug or an unexpected answer of the system
};

std::string_view name_of(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string reason;                // stable slug for machines, e.g. "key-in-use"; may be empty
  std::string detail;                // a sentence for people, naming what and where
  std::vector<std::string> context;  // outermost last: "while opening /var/lib/outrider"

  Error() = default;
  Error(Errc c, std::string d) : code(c), detail(std::move(d)) {}
  Error(Errc c, std::string r, std::string d) : code(c), reason(std::move(r)), detail(std::move(d)) {}

  // Adds where we were when it happened.
  Error during(std::string where) && {
    context.push_back(std::move(where));
    return std::move(*this);
  }
  // "detail (while opening x; while starting)".
  std::string text() const;

  bool operator==(const Error&) const = default;
};

// An Error of the system's errno, e.g. system_error("open", path): "open /x: Permission denied".
Error system_error(std::string_view what, std::string_view object, int error_number);

}  // namespace outrider
