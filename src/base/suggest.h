#pragma once
#include <span>
#include <string>
#include <string_view>

namespace outrider {

// The candidate nearest to what was typed, or empty when none is near enough to be meant (edit distance over a third
// of the length).
std::string_view nearest(std::string_view typed, std::span<const std::string_view> candidates);
// " (did you mean 'x'?)" or "".
std::string did_you_mean(std::string_view typed, std::span<const std::string_view> candidates);

}  // namespace outrider
