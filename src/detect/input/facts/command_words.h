#pragma once
// What can be read in a command and in the answer to it (docs/format/command.md). Both are bytes of others: what is not
// as the page says is a command without an id, an answer without an outcome.
#include <cstdint>
#include <string_view>

#include "detect/input/observation.h"

namespace outrider::detect {

// Hash of the member "id" of a JSON object; 0: none.
std::uint64_t command_id(std::string_view payload);

struct AnswerWords {
  std::uint64_t id = 0;  // hash of the command's id; 0: it does not say
  Answer answer = Answer::none;
};
AnswerWords answer_of(std::string_view payload);

}  // namespace outrider::detect
