#pragma once
// The names, units and types that devices report under (design, "Readings"), for recordings that bring names of their
// own. The profiles decide what a device may say; a test holds this table against them.
#include <optional>
#include <span>
#include <string_view>

namespace outrider::sim {

enum class ReadingType : unsigned char { number, boolean, text };

struct ReadingName {
  std::string_view name;
  std::string_view unit;
  ReadingType type = ReadingType::number;
};

std::span<const ReadingName> reading_names();
// nullptr when there is none of that name.
const ReadingName* find_reading(std::string_view name);

}  // namespace outrider::sim
