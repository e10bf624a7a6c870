#include "fleet/history/reading_content.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "base/json.h"

namespace outrider::fleet {
namespace {

std::unexpected<Error> broken() {
  return fail(Errc::corrupt, "database-corrupt",
              "a row of readings is not what was written; delete the database and it is rebuilt from the ledger");
}

}  // namespace

void encode_readings(const std::vector<NamedValue>& values, std::string& out) {
  out += '[';
  for (const NamedValue& each : values) {
    if (out.back() != '[') out += ',';
    fmt::format_to(std::back_inserter(out), "{},", each.name);
    if (const auto* const number = std::get_if<double>(&each.value)) {
      // The shortest that reads back as the same; "-0" alone would be a whole number, which has no sign.
      if (*number == 0 && std::signbit(*number)) {
        out += "-0.0";
      } else {
        fmt::format_to(std::back_inserter(out), "{}", *number);
      }
    } else if (const auto* const truth = std::get_if<bool>(&each.value)) {
      out += *truth ? "true" : "false";
    } else {
      out += json::compact(json::Value(std::get<std::string>(each.value)));
    }
  }
  out += ']';
}

Result<std::vector<NamedValue>> decode_readings(std::string_view text) {
  const auto parsed = json::parse(text);
  const auto* const list = parsed ? parsed->if_array() : nullptr;
  if (list == nullptr || list->size() % 2 != 0) return broken();
  std::vector<NamedValue> out;
  out.reserve(list->size() / 2);
  for (std::size_t i = 0; i < list->size(); i += 2) {
    const auto& name = (*list)[i];
    const auto& value = (*list)[i + 1];
    if (!name.is_int64()) return broken();
    NamedValue each{.name = name.get_int64(), .value = {}};
    if (value.is_string()) {
      each.value = std::string(value.get_string());
    } else if (value.is_bool()) {
      each.value = value.get_bool();
    } else if (value.is_number()) {
      each.value = value.to_number<double>();
    } else {
      return broken();
    }
    out.push_back(std::move(each));
  }
  return out;
}

}  // namespace outrider::fleet
