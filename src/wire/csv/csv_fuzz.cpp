// Rows that were read, written and read again are the same rows.
#include <cstdlib>

#include "base/bytes.h"
#include "wire/csv/reader.h"
#include "wire/csv/writer.h"

using namespace outrider;
using namespace outrider::wire;

namespace {

Result<std::vector<std::vector<std::string>>> rows_of(std::string_view text) {
  csv::Reader reader(text);
  std::vector<std::vector<std::string>> rows;
  for (;;) {
    TRY(auto row, reader.next());
    if (!row) return rows;
    rows.push_back(std::move(row->cells));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rows = rows_of(as_text(ByteView(data, size)));
  if (!rows) {
    if (!rows.error().detail.starts_with("line ")) std::abort();
    return 0;
  }
  csv::Writer kept(csv::Formulas::keep);
  csv::Writer neutralised(csv::Formulas::neutralise);
  for (const auto& row : *rows) {
    for (const auto& cell : row) {
      kept.text(cell);
      neutralised.text(cell);
    }
    kept.end_row();
    neutralised.end_row();
  }
  const auto again = rows_of(kept.content());
  // A cell at its limit may pass it by the added apostrophe; every other one begins harmlessly.
  if (!again || *again != *rows) std::abort();
  if (const auto harmless = rows_of(neutralised.content())) {
    for (const auto& row : *harmless) {
      for (const auto& cell : row) {
        if (!cell.empty() && std::string_view("=+-@\t\r\n").find(cell[0]) != std::string_view::npos) std::abort();
      }
    }
  }
  return 0;
}
