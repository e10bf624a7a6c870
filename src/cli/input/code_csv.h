#pragma once
// The file of codes that 'device add --codes' writes: columns device,profile,code,expires. Whoever has it can enrol
// these devices, so it is of mode 0600.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace outrider::cli {

inline constexpr std::size_t code_csv_bytes_max = 64UL * 1024 * 1024;

struct CodeRow {
  std::string device;
  std::string profile;
  std::string code;
  std::string expires;
};

// Refused, with the line: text that is no CSV, other columns, a name that is none, a code that cannot be one.
Result<std::vector<CodeRow>> parse_code_csv(std::string_view text);

// The file as it grows. Codes are shown once: each batch is on disk before the next is asked for.
class CodeFile {
 public:
  // A new file.
  static Result<CodeFile> create(std::string path);
  // A file that an earlier run began; what a torn write left at its end is cut off. Made when there is none.
  static Result<CodeFile> resume(std::string path);

  // Whole rows.
  Result<void> write(std::string_view rows);
  // The devices that had a code in it when it was opened.
  const std::vector<CodeRow>& earlier() const { return earlier_; }

 private:
  CodeFile(UniqueFd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  UniqueFd file_;
  std::string path_;
  std::vector<CodeRow> earlier_;
};

}  // namespace outrider::cli
