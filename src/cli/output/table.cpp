#include "cli/output/table.h"

#include <algorithm>

#include "cli/output/escape.h"

namespace outrider::cli {
namespace {

constexpr std::size_t gap_columns = 2;
constexpr std::size_t shrunk_columns_min = 8;  // a column cut shorter says nothing

std::string pad(std::string_view painted, std::size_t used, std::size_t wanted, Align align) {
  const std::string blanks(wanted > used ? wanted - used : 0, ' ');
  return align == Align::left ? std::string(painted) + blanks : blanks + std::string(painted);
}

void print_line(Output& output, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  output.line(line);
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size());
  for (Cell& cell : row) cell.text = cell.text.empty() ? "-" : escape(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(std::size_t columns_max) const {
  std::vector<std::size_t> out(columns_.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    out[i] = width(columns_[i].title);
    for (const auto& row : rows_) out[i] = std::max(out[i], width(row[i].text));
    total += out[i] + (i == 0 ? 0 : gap_columns);
  }
  if (columns_max == 0) return out;
  for (std::size_t i = columns_.size(); i-- > 0 && total > columns_max;) {
    if (!columns_[i].shrinks) continue;
    const std::size_t least = std::min(out[i], shrunk_columns_min);
    const std::size_t cut = std::min(out[i] - least, total - columns_max);
    out[i] -= cut;
    total -= cut;
  }
  return out;
}

void Table::print(Output& output) const {
  const auto wide = widths(output.terminal().columns);
  const auto write = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i != 0) line.append(gap_columns, ' ');
      const Cell cell = cell_of(i);
      const std::string shown = shorten(cell.text, wide[i]);
      line += pad(output.paint(cell.colour, shown), width(shown), wide[i], columns_[i].align);
    }
    print_line(output, std::move(line));
  };
  write([&](std::size_t i) { return Cell(columns_[i].title, Colour::bold); });
  for (const auto& row : rows_) write([&](std::size_t i) { return row[i]; });
}

void print_fields(Output& output, const std::vector<std::pair<std::string_view, Cell>>& fields) {
  std::size_t widest = 0;
  for (const auto& [name, cell] : fields) {
    if (!cell.text.empty()) widest = std::max(widest, width(name));
  }
  for (const auto& [name, cell] : fields) {
    if (cell.text.empty()) continue;
    print_line(output, pad(output.paint(Colour::dim, name), width(name), widest + gap_columns, Align::left) +
                           output.paint(cell.colour, escape(cell.text)));
  }
}

}  // namespace outrider::cli
