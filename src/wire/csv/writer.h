#pragma once
#include <concepts>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace outrider::wire::csv {

// Cells that a spreadsheet would run as a formula ("=HYPERLINK(…)" as a device's label). `neutralise` puts an
// apostrophe before a text cell that begins with = + - @, a tab or a line end; it changes the data, so it is for files
// people open, not for files a machine reads back.
enum class Formulas : unsigned char { keep, neutralise };

// Writes rows (RFC 4180: CRLF, quotes where needed) to a string of its own.
class Writer {
 public:
  explicit Writer(Formulas formulas) : formulas_(formulas) {}

  Writer& text(std::string_view cell);
  template <class T>
    requires std::integral<T> || std::floating_point<T>
  Writer& number(T cell) {
    return append(fmt::format("{}", cell));
  }
  Writer& end_row();

  const std::string& content() const { return out_; }
  std::string take() && { return std::move(out_); }

 private:
  Writer& append(std::string_view cell);

  Formulas formulas_;
  bool begun_ = false;  // the row has a cell
  std::string out_;
};

}  // namespace outrider::wire::csv
