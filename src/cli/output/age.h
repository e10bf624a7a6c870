#pragma once
#include <cstdint>
#include <string>

#include "base/time.h"

namespace outrider::cli {

// "4s ago", "12m ago", "3h ago", "5d ago"; "in 6d" for what lies ahead; "now" within a second.
std::string relative(Timestamp then, Timestamp now);

// 1234567 → "1,234,567".
std::string grouped(std::uint64_t number);

// 1536 → "1.5 KiB".
std::string bytes_text(std::uint64_t bytes);

}  // namespace outrider::cli
