#include "server/start/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace outrider::server {
namespace {

constexpr mode_t private_mode = 0700;

// A directory that was made beforehand may be open to others; keys go into it, so it is closed first.
Result<void> make_private(const std::filesystem::path& path) {
  CHECK(make_directories(path, private_mode));
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::unexpected(system_error("stat", path.string(), errno));
  if (info.st_uid != ::geteuid()) {
    return fail(Errc::forbidden, "not-owner",
                fmt::format("{} belongs to another user; run the server as its owner", path.string()));
  }
  if ((info.st_mode & 077U) != 0 && ::chmod(path.c_str(), private_mode) != 0)
    return std::unexpected(system_error("chmod", path.string(), errno));
  return {};
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& root) {
  DataPaths paths{std::filesystem::absolute(root).lexically_normal()};
  CHECK(make_private(paths.root));
  UniqueFd lock{::open(paths.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!lock) return std::unexpected(system_error("open", paths.lock().string(), errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return std::unexpected(system_error("lock", paths.lock().string(), errno));
    return fail(Errc::conflict, "already-running",
                fmt::format("a server is running on {} already", paths.root.string()));
  }
  CHECK(make_private(paths.run()));
  CHECK(make_private(paths.database().parent_path()));
  return DataDirectory(std::move(paths), std::move(lock));
}

}  // namespace outrider::server
