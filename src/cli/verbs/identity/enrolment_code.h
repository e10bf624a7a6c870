#pragma once
// The verbs that make an enrolment code: of a device, and of an application.
#include <functional>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace outrider::cli {

class Context;

struct CodeFor {
  std::string_view holder;  // what the API calls it: device, application
  std::string id;
  std::string path;  // where the API has it
  // Whether the one that is there may have a code at all; for a dry run, the server checks the rest.
  std::function<Result<void>(const json::Object& holder, const std::string& id)> check;
  // With what the code works: "for t-1".
  std::function<std::string(const json::Object& answer, const std::string& id)> where;
};

// Prints the code, and to people when and where it works. With the option `life`.
Result<void> make_enrolment_code(Context& context, const CodeFor& wanted);

}  // namespace outrider::cli
