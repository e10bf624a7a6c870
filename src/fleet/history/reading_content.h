#pragma once
// The readings of one row of table reading_group, as text: [series_name.id, value, id, value, …] in JSON, by id.
// Pure functions; private to the room.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace outrider::fleet {

struct NamedValue {
  long long name = 0;  // series_name.id
  std::variant<double, std::string, bool> value;
  bool operator==(const NamedValue&) const = default;
};

// Appends to `out`. `values` are in order of their names, numbers are finite.
void encode_readings(const std::vector<NamedValue>& values, std::string& out);
// corrupt ("database-corrupt") for anything that encode_readings would not write.
Result<std::vector<NamedValue>> decode_readings(std::string_view text);

}  // namespace outrider::fleet
