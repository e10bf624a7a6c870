#include "detect/checks/cells/list/cell_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "wire/csv/reader.h"

namespace outrider::detect {
namespace {

namespace csv = wire::csv;

constexpr csv::Limits limits{.rows_max = CellMap::cells_max + 1, .columns_max = 32, .cell_bytes_max = 64};
constexpr std::string_view header = "radio,mcc,mnc,area,cell,lat,lon,range,samples\n";

struct RadioWord {
  std::string_view word;
  Radio radio;
};
// OpenCelliD's words; LTE and NR may stand in lower case in other lists.
constexpr std::array radio_words{RadioWord{"GSM", Radio::gsm},      RadioWord{"UMTS", Radio::umts},
                                 RadioWord{"LTE", Radio::lte},      RadioWord{"LTEM", Radio::lte_m},
                                 RadioWord{"NBIOT", Radio::nb_iot}, RadioWord{"NR", Radio::nr},
                                 RadioWord{"CDMA", Radio::unknown}, RadioWord{"", Radio::unknown}};

struct Columns {
  std::size_t radio, mcc, mnc, area, cell, lat, lon, range, samples;
};
constexpr Columns open_cellid{0, 1, 2, 3, 4, 7, 6, 8, 9};
constexpr std::size_t none = SIZE_MAX;

std::optional<Columns> columns_of(const csv::Row& row) {
  const auto find = [&](std::initializer_list<std::string_view> names) {
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      if (std::ranges::find(names, std::string_view(row.cells[i])) != names.end()) return i;
    return none;
  };
  const Columns columns{find({"radio"}),       find({"mcc"}), find({"mnc", "net"}), find({"area", "lac", "tac"}),
                        find({"cell", "cid"}), find({"lat"}), find({"lon"}),        find({"range"}),
                        find({"samples"})};
  for (const auto needed :
       {columns.radio, columns.mcc, columns.mnc, columns.area, columns.cell, columns.lat, columns.lon})
    if (needed == none) return std::nullopt;
  return columns;
}

std::unexpected<Error> bad(const csv::Row& row, std::string_view what) {
  return fail(Errc::malformed, "bad-cell-list", fmt::format("line {}: {}", row.line, what));
}

template <class T>
Result<T> number(const csv::Row& row, std::size_t column, std::string_view name, T least, T most) {
  const std::string_view text = row.cells[column];
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= least && value <= most))
    return bad(row, fmt::format("{} is not a number from {} to {}", name, least, most));
  return value;
}

Result<CellSeed> seed_of(const csv::Row& row, const Columns& at) {
  const auto last = std::max({at.radio, at.mcc, at.mnc, at.area, at.cell, at.lat, at.lon,
                              at.range == none ? 0 : at.range, at.samples == none ? 0 : at.samples});
  if (row.cells.size() <= last) return bad(row, fmt::format("{} columns, {} are needed", row.cells.size(), last + 1));
  CellSeed seed;
  std::string word = row.cells[at.radio];
  for (char& c : word)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const auto radio = std::ranges::find(radio_words, std::string_view(word), &RadioWord::word);
  if (radio == radio_words.end()) return bad(row, "radio is none of GSM, UMTS, LTE, LTEM, NBIOT, NR, CDMA");
  seed.radio = radio->radio;
  // TS 23.003 2.2 (MCC, MNC), 4.1 (LAC 16 bits), 19.4.2.3 (TAC 24 bits in 5GS); cells have up to 36 bits (NR).
  TRY(seed.key.mcc, number<std::uint16_t>(row, at.mcc, "mcc", 1, 999));
  TRY(seed.key.mnc, number<std::uint16_t>(row, at.mnc, "mnc", 0, 999));
  TRY(seed.key.area, number<std::uint32_t>(row, at.area, "area", 0, 0xFFFFFF));
  TRY(seed.key.cell, number<std::uint64_t>(row, at.cell, "cell", 1, 0xFFFFFFFFF));
  TRY(seed.lat, number<double>(row, at.lat, "lat", -90, 90));
  TRY(seed.lon, number<double>(row, at.lon, "lon", -180, 180));
  if (at.range != none) {
    TRY(seed.range_m, number<double>(row, at.range, "range", 0, 1e7));
  }
  if (at.samples != none) {
    TRY(seed.samples, number<std::uint32_t>(row, at.samples, "samples", 0, UINT32_MAX));
  }
  return seed;
}

}  // namespace

Result<std::vector<CellSeed>> read_cell_list(std::string_view text) {
  csv::Reader reader(text, limits);
  std::vector<CellSeed> seeds;
  TRY(auto row, reader.next());
  if (!row) return fail(Errc::malformed, "bad-cell-list", "the list is empty");
  const auto named = columns_of(*row);
  const Columns columns = named.value_or(open_cellid);
  if (named) {
    TRY(row, reader.next());
  }
  while (row) {
    if (seeds.size() == CellMap::cells_max)
      return fail(Errc::too_large, "too-many-cells", fmt::format("a list may have {} cells", CellMap::cells_max));
    TRY(const auto seed, seed_of(*row, columns));
    seeds.push_back(seed);
    TRY(row, reader.next());
  }
  return seeds;
}

std::vector<std::string> write_cell_list(std::span<const CellSeed> cells) {
  std::vector<std::string> pieces;
  for (const auto& cell : cells) {
    const auto word = std::ranges::find(radio_words, cell.radio, &RadioWord::radio);
    const auto line = fmt::format("{},{},{},{},{},{:.6f},{:.6f},{:.0f},{}\n", word->word, cell.key.mcc, cell.key.mnc,
                                  cell.key.area, cell.key.cell, cell.lat, cell.lon, cell.range_m, cell.samples);
    if (pieces.empty() || pieces.back().size() + line.size() > piece_bytes_max) pieces.emplace_back(header);
    pieces.back() += line;
  }
  return pieces;
}

}  // namespace outrider::detect
