#include "sim/files/journal.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace outrider::sim {

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& path) {
  UniqueFd fd{::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)};
  if (!fd) return std::unexpected(system_error("open", path.string(), errno));
  return std::unique_ptr<Journal>(new Journal(path, std::move(fd)));
}

Result<void> Journal::line(std::string_view what, std::string_view device, std::string_view sha256) {
  const std::string text = fmt::format("{} {} {}\n", what, device, sha256);
  const std::lock_guard lock(mutex_);  // a short write is continued; no other line may come between
  return write_all(file_.get(), as_bytes(text), path_.string());
}

}  // namespace outrider::sim
