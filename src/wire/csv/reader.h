#pragma once
// Comma-separated values as RFC 4180 has them.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outrider::wire::csv {

struct Limits {
  std::size_t rows_max = 1'000'000;  // a bulk import of a whole fleet, with room
  std::size_t columns_max = 64;
  std::size_t cell_bytes_max = 4096;  // no column of ours holds more than a description
};

struct Row {
  std::size_t line = 0;  // where it begins, counted from 1 (a quoted cell may hold line ends)
  std::vector<std::string> cells;

  bool operator==(const Row&) const = default;
};

// Reads row by row from text that outlives it. Lines end with CRLF, or LF as Unix writes it; the last may end with the
// text. A byte order mark at the beginning and empty lines are passed over. Errors (malformed, too_large) name line and
// column (in characters of one byte, from 1), e.g. "line 3, column 17: a quote inside a cell that does not begin with
// one".
class Reader {
 public:
  explicit Reader(std::string_view text, Limits limits = {});

  // The next row, or nothing at the end. After an error the reader is spent.
  Result<std::optional<Row>> next();

 private:
  struct Cell {
    std::string text;
    bool last = false;  // of its row
  };
  Result<Cell> cell();
  Result<Cell> quoted_cell();
  Result<Cell> plain_cell();
  bool at_line_end() const;
  void take_line_end();
  std::unexpected<Error> bad(std::size_t at, std::string_view what) const;
  std::unexpected<Error> too_large(std::size_t at, std::string what) const;

  std::string_view text_;
  Limits limits_;
  std::size_t at_ = 0;          // the next byte
  std::size_t line_ = 1;        // of the next byte
  std::size_t line_begin_ = 0;  // offset of that line
  std::size_t rows_ = 0;
};

// A whole text whose first row names the columns. Every row has as many cells as the header (RFC 4180, 2.4).
struct Table {
  std::vector<std::string> header;
  std::vector<Row> rows;

  // Index of the column; refused, naming the columns there are, when there is none.
  Result<std::size_t> column(std::string_view name) const;
  std::optional<std::size_t> find_column(std::string_view name) const;
};
// Refuses an empty text and two columns of the same name.
Result<Table> read_table(std::string_view text, Limits limits = {});

}  // namespace outrider::wire::csv
