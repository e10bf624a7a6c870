#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace outrider {
namespace {

Result<UniqueFd> open_file(const std::filesystem::path& path, int flags, mode_t mode = 0) {
  UniqueFd fd{::open(path.c_str(), flags | O_CLOEXEC, mode)};
  if (!fd) return std::unexpected(system_error("open", path.string(), errno));
  return fd;
}

Result<Bytes> read_all(int fd, const std::filesystem::path& path, std::size_t bytes_max) {
  Bytes out;
  for (;;) {
    const std::size_t start = out.size();
    out.resize(start + 64 * 1024);
    const ssize_t n = ::read(fd, out.data() + start, out.size() - start);
    if (n < 0 && errno == EINTR) {
      out.resize(start);
      continue;
    }
    if (n < 0) return std::unexpected(system_error("read", path.string(), errno));
    out.resize(start + static_cast<std::size_t>(n));
    if (n == 0) return out;
    if (out.size() > bytes_max)
      return fail(Errc::too_large, fmt::format("{} is larger than {} bytes", path.string(), bytes_max));
  }
}

}  // namespace

void UniqueFd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  TRY(auto fd, open_file(path, O_RDONLY));
  return read_all(fd.get(), path, bytes_max);
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t bytes_max) {
  TRY(auto bytes, read_file(path, bytes_max));
  return std::string(as_text(bytes));
}

Result<Secret> read_secret_file(const std::filesystem::path& path, std::size_t bytes_max) {
  TRY(auto fd, open_file(path, O_RDONLY));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return std::unexpected(system_error("stat", path.string(), errno));
  if ((info.st_mode & 077U) != 0) {
    return fail(Errc::forbidden, "secret-readable-by-others",
                fmt::format("{} may be read by others (mode {:03o}); run: chmod 600 {}", path.string(),
                            info.st_mode & 0777U, path.string()));
  }
  TRY(auto bytes, read_all(fd.get(), path, bytes_max));
  return Secret(std::move(bytes));
}

Result<void> write_all(int fd, ByteView bytes, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(system_error("write", name, errno));
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> sync_directory(const std::filesystem::path& path) {
  TRY(auto fd, open_file(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(fd.get()) != 0) return std::unexpected(system_error("fsync", path.string(), errno));
  return {};
}

Result<void> write_file_atomic(const std::filesystem::path& path, ByteView content, mode_t mode) {
  static std::atomic<unsigned> counter{0};
  const std::filesystem::path temporary = path.string() + fmt::format(".new-{}-{}", ::getpid(), counter++);
  auto written = [&]() -> Result<void> {
    TRY(auto fd, open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, mode));
    CHECK(write_all(fd.get(), content, temporary.string()));
    if (::fsync(fd.get()) != 0) return std::unexpected(system_error("fsync", temporary.string(), errno));
    if (::rename(temporary.c_str(), path.c_str()) != 0)
      return std::unexpected(system_error("rename", path.string(), errno));
    return {};
  }();
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  const auto parent = path.parent_path();
  return sync_directory(parent.empty() ? "." : parent);
}

namespace {

// The last name of the path only; not_found when its parent is missing.
Result<void> make_directory(const std::filesystem::path& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) {
    const auto parent = path.parent_path();
    return sync_directory(parent.empty() ? "." : parent);
  }
  if (errno != EEXIST) return std::unexpected(system_error("mkdir", path.string(), errno));
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  return fail(Errc::conflict, fmt::format("{} exists and is not a directory", path.string()));
}

}  // namespace

Result<void> make_directories(const std::filesystem::path& path, mode_t mode) {
  if (path.empty()) return {};
  auto made = make_directory(path, mode);
  const auto parent = path.parent_path();
  if (made || made.error().code != Errc::not_found || parent.empty() || parent == path) return made;
  CHECK(make_directories(parent, mode));
  // Once more and no further: some parents are there and still take no names (/proc).
  return make_directory(path, mode);
}

}  // namespace outrider
