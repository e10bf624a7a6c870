#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cli/output/output.h"

namespace outrider::cli {

enum class Align : unsigned char { left, right };

struct Column {
  std::string_view title;
  Align align = Align::left;
  bool shrinks = false;  // cut first when the terminal is too narrow
};

struct Cell {
  std::string text;  // escaped by the table
  Colour colour = Colour::none;

  Cell() = default;
  Cell(std::string_view t, Colour c = Colour::none) : text(t), colour(c) {}
  Cell(std::string t, Colour c = Colour::none) : text(std::move(t)), colour(c) {}
  Cell(const char* t, Colour c = Colour::none) : text(t), colour(c) {}
};

// Aligned columns for people. Every cell is escaped; an empty one is shown as "-".
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  // The header, then the rows, each line without trailing blanks.
  void print(Output& output) const;

 private:
  std::vector<std::size_t> widths(std::size_t columns_max) const;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// "name   value" lines of one thing; empty values are left out.
void print_fields(Output& output, const std::vector<std::pair<std::string_view, Cell>>& fields);

}  // namespace outrider::cli
