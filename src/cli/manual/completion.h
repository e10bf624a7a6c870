#pragma once
#include <array>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outrider::cli {

inline constexpr std::array<std::string_view, 3> completion_shells{"bash", "zsh", "fish"};

// A script for that shell that completes commands and options, made from the command table.
Result<std::string> completion_script(std::string_view shell);

}  // namespace outrider::cli
