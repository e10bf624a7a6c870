#pragma once
// What people write, within bounds.
#include <fmt/format.h>

#include <string_view>

#include "base/result.h"

namespace outrider::detect {

inline Result<void> check_length(std::string_view what, std::string_view text, std::size_t most) {
  if (text.size() <= most) return {};
  return fail(Errc::malformed, "text-too-long", fmt::format("{}: {} bytes, at most {}", what, text.size(), most));
}

}  // namespace outrider::detect
