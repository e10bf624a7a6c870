#include "cli/input/device_csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/ids.h"
#include "base/suggest.h"
#include "wire/csv/reader.h"

namespace outrider::cli {
namespace {

constexpr std::array<std::string_view, 4> columns{"device", "profile", "serial_number", "label"};

std::unexpected<Error> bad(std::size_t line, std::string detail) {
  return fail(Errc::malformed, "bad-csv", fmt::format("line {}: {}", line, detail));
}

Result<void> check_header(const wire::csv::Table& table) {
  for (const std::string& name : table.header) {
    if (std::ranges::find(columns, name) == columns.end()) {
      return bad(1, fmt::format("unknown column '{}'{}; the columns are device,profile[,serial_number,label]",
                                name.substr(0, 64), did_you_mean(name, columns)));
    }
  }
  for (const std::string_view name : {columns[0], columns[1]}) {
    if (!table.find_column(name)) return bad(1, fmt::format("column '{}' is missing", name));
  }
  return {};
}

}  // namespace

Result<std::vector<DeviceRow>> parse_device_csv(std::string_view text) {
  TRY(const auto table, wire::csv::read_table(text));
  CHECK(check_header(table));
  std::array<std::optional<std::size_t>, columns.size()> places;
  for (std::size_t i = 0; i < columns.size(); ++i) places.at(i) = table.find_column(columns.at(i));

  std::vector<DeviceRow> out;
  out.reserve(table.rows.size());
  std::unordered_map<std::string_view, std::size_t> lines;
  for (const wire::csv::Row& row : table.rows) {
    const auto cell = [&](std::size_t column) {
      return places.at(column) ? row.cells[*places.at(column)] : std::string();
    };
    DeviceRow device{row.line, cell(0), cell(1), cell(2), cell(3)};
    if (auto name = DeviceId::parse(device.device); !name) return bad(row.line, name.error().detail);
    if (auto name = ProfileId::parse(device.profile); !name) return bad(row.line, name.error().detail);
    const auto [first, fresh] = lines.try_emplace(row.cells[*places[0]], row.line);
    if (!fresh)
      return bad(row.line, fmt::format("device '{}' stands on line {} already", device.device, first->second));
    out.push_back(std::move(device));
  }
  return out;
}

}  // namespace outrider::cli
