#include "ledger/files/cursor.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/ids.h"
#include "ledger/proof/note.h"
#include "ledger/wal/crc32c.h"

namespace outrider::ledger {
namespace {

constexpr std::size_t cursor_bytes_max = 128;

// "<number> <crc32c of the number's digits, hex>\n".
std::string cursor_text(std::uint64_t next) {
  const std::string digits = fmt::format("{}", next);
  return fmt::format("{} {:08x}\n", digits, crc32c(as_bytes(digits)));
}

}  // namespace

Result<std::filesystem::path> cursor_path(const std::filesystem::path& directory, const std::string& name) {
  TRY(auto checked, check_id("cursor", name));
  return directory / checked;
}

Result<std::uint64_t> read_cursor(const std::filesystem::path& path) {
  auto text = read_text_file(path, cursor_bytes_max);
  if (!text && text.error().code == Errc::not_found) return 0;
  if (!text) return std::unexpected(std::move(text).error());
  auto next = strict_decimal(std::string_view(*text).substr(0, text->find(' ')));
  if (!next || cursor_text(*next) != *text)
    return fail(Errc::corrupt, "cursor-damaged", path.string() + " is not a cursor");
  return next;
}

Result<void> write_cursor(Disk& disk, const std::filesystem::path& path, std::uint64_t next) {
  return publish_file(disk, {path, to_bytes(as_bytes(cursor_text(next)))});
}

}  // namespace outrider::ledger
