#include "cli/input/code_csv.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/ids.h"
#include "base/time.h"
#include "identity/enrolment/code.h"
#include "wire/csv/reader.h"

namespace outrider::cli {
namespace {

constexpr std::array<std::string_view, 4> columns{"device", "profile", "code", "expires"};
constexpr std::string_view header = "device,profile,code,expires\r\n";
constexpr std::string_view row_end = "\r\n";

std::unexpected<Error> bad(std::size_t line, std::string detail) {
  return fail(Errc::malformed, "bad-csv", fmt::format("line {}: {}", line, detail));
}

}  // namespace

Result<std::vector<CodeRow>> parse_code_csv(std::string_view text) {
  TRY(const auto table, wire::csv::read_table(text));
  std::array<std::size_t, columns.size()> places{};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto place = table.find_column(columns.at(i));
    if (!place) return bad(1, fmt::format("column '{}' is missing; is this a file of codes?", columns.at(i)));
    places.at(i) = *place;
  }
  std::vector<CodeRow> out;
  out.reserve(table.rows.size());
  for (const auto& row : table.rows) {
    CodeRow code{row.cells[places[0]], row.cells[places[1]], row.cells[places[2]], row.cells[places[3]]};
    if (auto name = DeviceId::parse(code.device); !name) return bad(row.line, name.error().detail);
    if (auto name = ProfileId::parse(code.profile); !name) return bad(row.line, name.error().detail);
    if (identity::canonical_code(code.code) != code.code)
      return bad(row.line, "what stands in the column 'code' is no enrolment code");
    if (!from_rfc3339(code.expires)) return bad(row.line, "what stands in the column 'expires' is no time");
    out.push_back(std::move(code));
  }
  return out;
}

Result<CodeFile> CodeFile::create(std::string path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file)
    return std::unexpected(
        system_error("create", path, errno).during("--codes wants a new file, or one to --resume with"));
  CodeFile out(std::move(file), std::move(path));
  CHECK(out.write(header));
  return out;
}

Result<CodeFile> CodeFile::resume(std::string path) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno == ENOENT) return create(std::move(path));
  if (!file) return std::unexpected(system_error("open", path, errno));
  TRY(const auto text, read_text_file(path, code_csv_bytes_max));
  const auto last = text.rfind(row_end);
  const std::size_t whole = last == std::string::npos ? 0 : last + row_end.size();
  const bool ours = whole == 0 ? header.starts_with(text) : text.starts_with(header);
  if (!ours) return fail(Errc::malformed, "bad-csv", path + ": is not a file of codes");
  std::vector<CodeRow> earlier;
  if (whole > header.size()) {
    auto rows = parse_code_csv(std::string_view(text).substr(0, whole));
    if (!rows) return std::unexpected(std::move(rows).error().during("reading " + path));
    earlier = *std::move(rows);
  }
  if (::ftruncate(file.get(), static_cast<off_t>(whole)) != 0 || ::lseek(file.get(), 0, SEEK_END) < 0)
    return std::unexpected(system_error("cut", path, errno));
  CodeFile out(std::move(file), std::move(path));
  out.earlier_ = std::move(earlier);
  if (whole == 0) CHECK(out.write(header));
  return out;
}

Result<void> CodeFile::write(std::string_view rows) {
  CHECK(write_all(file_.get(), as_bytes(rows), path_));
  if (::fdatasync(file_.get()) != 0) return std::unexpected(system_error("sync", path_, errno));
  return {};
}

}  // namespace outrider::cli
