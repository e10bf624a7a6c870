#include "wire/csv/writer.h"

namespace outrider::wire::csv {

Writer& Writer::append(std::string_view cell) {
  if (begun_) out_ += ',';
  begun_ = true;
  out_ += cell;
  return *this;
}

Writer& Writer::text(std::string_view cell) {
  std::string content(cell);
  // A tab or line end in front of '=' is skipped by spreadsheets, so they count as beginning a formula too.
  constexpr std::string_view beginnings = "=+-@\t\r\n";
  if (formulas_ == Formulas::neutralise && !content.empty() && beginnings.find(content[0]) != std::string_view::npos) {
    content.insert(0, 1, '\'');
  }
  // Readers pass over an empty line (a row of one empty cell) and a byte order mark in front of everything.
  const bool passed_over = !begun_ && (content.empty() || content.starts_with("\xEF\xBB\xBF"));
  const bool quote = passed_over || content.find_first_of(",\"\r\n") != std::string::npos;
  if (!quote) return append(content);
  std::string quoted = "\"";
  for (const char c : content) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return append(quoted += '"');
}

Writer& Writer::end_row() {
  out_ += "\r\n";
  begun_ = false;
  return *this;
}

}  // namespace outrider::wire::csv
