#pragma once
#include <cstddef>
#include <string_view>

namespace outrider::wire {

// True for well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut short.
bool valid_utf8(std::string_view text);

}  // namespace outrider::wire
