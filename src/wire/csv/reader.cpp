#include "wire/csv/reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace outrider::wire::csv {
namespace {
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
}

Reader::Reader(std::string_view text, Limits limits) : text_(text), limits_(limits) {
  if (text_.starts_with(byte_order_mark)) line_begin_ = at_ = byte_order_mark.size();
}

std::unexpected<Error> Reader::bad(std::size_t at, std::string_view what) const {
  return fail(Errc::malformed, "bad-csv", fmt::format("line {}, column {}: {}", line_, at - line_begin_ + 1, what));
}

std::unexpected<Error> Reader::too_large(std::size_t at, std::string what) const {
  return fail(Errc::too_large, "bad-csv", fmt::format("line {}, column {}: {}", line_, at - line_begin_ + 1, what));
}

bool Reader::at_line_end() const {
  return at_ == text_.size() || text_[at_] == '\n' || text_.substr(at_).starts_with("\r\n");
}

void Reader::take_line_end() {
  if (at_ == text_.size()) return;
  at_ += text_[at_] == '\r' ? 2 : 1;
  ++line_;
  line_begin_ = at_;
}

Result<std::optional<Row>> Reader::next() {
  while (at_ < text_.size() && at_line_end()) take_line_end();
  if (at_ == text_.size()) return std::nullopt;
  if (rows_ == limits_.rows_max) return too_large(at_, fmt::format("more than {} rows", limits_.rows_max));
  ++rows_;
  Row row{line_, {}};
  for (;;) {
    if (row.cells.size() == limits_.columns_max) {
      return too_large(at_, fmt::format("more than {} cells in a row", limits_.columns_max));
    }
    TRY(auto read, cell());
    row.cells.push_back(std::move(read.text));
    if (read.last) return row;
  }
}

Result<Reader::Cell> Reader::cell() {
  return at_ < text_.size() && text_[at_] == '"' ? quoted_cell() : plain_cell();
}

// RFC 4180, 2.5 to 2.7: a quote inside is written twice; commas and line ends are data.
Result<Reader::Cell> Reader::quoted_cell() {
  const std::size_t begin = at_;
  const auto unterminated = bad(begin, "a quoted cell that does not end");  // with the line it began in
  Cell out;
  ++at_;
  for (;;) {
    if (at_ == text_.size()) return unterminated;
    const char c = text_[at_++];
    if (c == '"') {
      if (at_ == text_.size() || text_[at_] != '"') break;
      ++at_;
    }
    if (c == '\n') {
      ++line_;
      line_begin_ = at_;
    }
    if (out.text.size() == limits_.cell_bytes_max) {
      return too_large(at_ - 1, fmt::format("a cell of more than {} bytes", limits_.cell_bytes_max));
    }
    out.text += c;
  }
  if (at_line_end()) {
    take_line_end();
    out.last = true;
    return out;
  }
  if (text_[at_] != ',') return bad(at_, "expected a comma or the end of the line after a quoted cell");
  ++at_;
  return out;
}

Result<Reader::Cell> Reader::plain_cell() {
  const std::size_t begin = at_;
  while (!at_line_end() && text_[at_] != ',') {
    if (text_[at_] == '"') return bad(at_, "a quote inside a cell that does not begin with one");  // RFC 4180, 2.5
    if (text_[at_] == '\r') return bad(at_, "a carriage return without a line feed");
    if (at_ - begin == limits_.cell_bytes_max) {
      return too_large(at_, fmt::format("a cell of more than {} bytes", limits_.cell_bytes_max));
    }
    ++at_;
  }
  Cell out{std::string(text_.substr(begin, at_ - begin)), at_line_end()};
  if (out.last) {
    take_line_end();
  } else {
    ++at_;
  }
  return out;
}

std::optional<std::size_t> Table::find_column(std::string_view name) const {
  const auto at = std::ranges::find(header, name);
  if (at == header.end()) return std::nullopt;
  return static_cast<std::size_t>(at - header.begin());
}

Result<std::size_t> Table::column(std::string_view name) const {
  if (const auto index = find_column(name)) return *index;
  return fail(Errc::malformed, "missing-column",
              fmt::format("line 1: there is no column '{}'; the columns are: {}", name, fmt::join(header, ", ")));
}

Result<Table> read_table(std::string_view text, Limits limits) {
  Reader reader(text, limits);
  TRY(auto header, reader.next());
  if (!header) return fail(Errc::malformed, "bad-csv", "the text is empty; the first line must name the columns");
  Table table{std::move(header->cells), {}};
  for (auto name = table.header.begin(); name != table.header.end(); ++name) {
    if (std::find(table.header.begin(), name, *name) != name) {
      return fail(Errc::malformed, "bad-csv", fmt::format("line {}: the column '{}' twice", header->line, *name));
    }
  }
  for (;;) {
    TRY(auto row, reader.next());
    if (!row) return table;
    if (row->cells.size() != table.header.size()) {  // RFC 4180, 2.4
      return fail(
          Errc::malformed, "bad-csv",
          fmt::format("line {}: {} cells, but the header has {}", row->line, row->cells.size(), table.header.size()));
    }
    table.rows.push_back(*std::move(row));
  }
}

}  // namespace outrider::wire::csv
