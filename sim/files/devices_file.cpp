#include "sim/files/devices_file.h"

#include <fmt/format.h>

#include <array>
#include <unordered_set>

#include "base/suggest.h"
#include "wire/csv/reader.h"

namespace outrider::sim {
namespace {

// The first three are read; `expires` is for people, and a code that has expired is the server's to refuse.
constexpr std::array<std::string_view, 4> known_columns{"device", "profile", "code", "expires"};
constexpr std::size_t columns_read = 3;

Result<DeviceLine> parse_line(const wire::csv::Row& row, std::size_t device, std::size_t profile, std::size_t code) {
  DeviceLine out;
  TRY(out.device, DeviceId::parse(row.cells[device]));
  TRY(out.profile, ProfileId::parse(row.cells[profile]));
  out.code = row.cells[code];
  if (out.code.size() > code_bytes_max) {
    return fail(Errc::too_large, "code-too-long", fmt::format("a code has at most {} characters", code_bytes_max));
  }
  for (const char c : out.code) {
    if (c <= ' ' || c >= 0x7F)
      return fail(Errc::malformed, "bad-code", "a code has no spaces, control or non-ASCII characters");
  }
  return out;
}

}  // namespace

Result<std::vector<DeviceLine>> parse_devices(std::string_view csv, std::string_view file) {
  const auto at = [&](std::size_t line) { return fmt::format("{}:{}", file, line); };
  auto table = wire::csv::read_table(csv, {.rows_max = devices_max, .columns_max = 16, .cell_bytes_max = 1024});
  if (!table) return std::unexpected(std::move(table).error().during(fmt::format("reading {}", file)));
  for (const auto& name : table->header) {
    if (std::ranges::find(known_columns, name) == known_columns.end()) {
      return fail(Errc::malformed, "unknown-column",
                  fmt::format("{}: unknown column '{}'{}", at(1), name, did_you_mean(name, known_columns)));
    }
  }
  std::array<std::size_t, columns_read> columns{};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto column = table->column(known_columns[i]);
    if (!column) return std::unexpected(std::move(column).error().during(fmt::format("reading {}", file)));
    columns[i] = *column;
  }
  std::vector<DeviceLine> out;
  out.reserve(table->rows.size());
  std::unordered_set<std::string_view> seen;
  for (const auto& row : table->rows) {
    auto line = parse_line(row, columns[0], columns[1], columns[2]);
    if (!line) return std::unexpected(std::move(line).error().during(at(row.line)));
    if (!seen.insert(row.cells[columns[0]]).second) {
      return fail(Errc::conflict, "device-twice",
                  fmt::format("{}: device '{}' is listed twice", at(row.line), line->device.value));
    }
    out.push_back(*std::move(line));
  }
  if (out.empty()) return fail(Errc::malformed, "no-devices", fmt::format("{} lists no device", file));
  return out;
}

}  // namespace outrider::sim
