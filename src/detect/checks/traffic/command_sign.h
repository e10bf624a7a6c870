#pragma once
// What was seen of a command, as Evidence::more[0] of the three checks of commands has it.
#include <cstdint>

namespace outrider::detect {

enum class CommandSign : std::uint8_t {
  by_device,         // a device tried to command another
  by_stranger,       // an application tried that has no right to
  new_source,        // an application gave it that never had
  answer_to_none,    // an answer to a command that nobody gave here
  more_answers,      // more answers than commands
  refused_source,    // the device says that whoever gave it may not
  refused_signed,    // … that its signature is wrong
  refused_replayed,  // … that it was given before
  refused_old,       // … that it had expired, and nobody gave it here
  given_twice,       // one id, twice
};

}  // namespace outrider::detect
