#pragma once
// Versions of firmware as devices report them and as profiles list them.
#include <cstdint>
#include <optional>
#include <string_view>

namespace outrider::facts {

// "1.4.2", "v1.4", "1.4.2.77" as a number: 16 bits each of major, minor, patch and build, so that a later version is a
// larger number; what is not said is 0. Nothing for all else ("1.4.2-rc1", a commit), for parts above 65535 (a major
// above 32767), and for versions of zeros alone, which are what devices say that do not know.
std::optional<std::uint64_t> version_number(std::string_view version);

}  // namespace outrider::facts
