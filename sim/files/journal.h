#pragma once
// What was sent and what was acknowledged, on disk before the next thing happens: the witness of the crash tests.
#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace outrider::sim {

// An append-only text file. `sent <device> <sha256 hex of the payload>` is written before the report leaves,
// `acked <device> <sha256>` once its PUBACK has come; each line by one write(2), so it survives the death of this
// process (not that of the machine). Thread-safe.
class Journal {
 public:
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& path);
  Result<void> sent(std::string_view device, std::string_view sha256) { return line("sent", device, sha256); }
  Result<void> acknowledged(std::string_view device, std::string_view sha256) { return line("acked", device, sha256); }

 private:
  Journal(std::filesystem::path path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}
  Result<void> line(std::string_view what, std::string_view device, std::string_view sha256);

  const std::filesystem::path path_;
  const UniqueFd file_;
  std::mutex mutex_;
};

}  // namespace outrider::sim
