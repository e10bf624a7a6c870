#include "ledger/files/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <system_error>

namespace outrider::ledger {
namespace {

std::unexpected<Error> disk_error(std::string_view what, std::string_view name, int error_number) {
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG) {
    return fail(Errc::unavailable, std::string(disk_full_reason), fmt::format("{} {}: the disk is full", what, name));
  }
  return std::unexpected(system_error(what, name, error_number));
}

// From so many files on they are synced together.
constexpr std::size_t together_min = 8;

}  // namespace

Result<void> Disk::reserve(int fd, std::uint64_t bytes, std::string_view name) {
  int status = 0;
  do {
    status = ::fallocate(fd, 0, 0, static_cast<off_t>(bytes));
  } while (status != 0 && errno == EINTR);
  // Where the file system cannot allocate ahead, the C library writes zeros instead.
  if (status != 0 && errno == EOPNOTSUPP) {
    errno = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
    status = errno == 0 ? 0 : -1;
  }
  if (status != 0) return disk_error("reserve space in", name, errno);
  return {};
}

Result<void> Disk::fill(int fd, std::uint64_t bytes, std::uint64_t offset, std::string_view name) {
  static constexpr std::array<std::uint8_t, 64UL * 1024> zeros{};
  for (std::uint64_t done = 0; done < bytes; done += zeros.size()) {
    const auto next = std::min<std::uint64_t>(zeros.size(), bytes - done);
    CHECK(Disk::write_at(fd, ByteView(zeros).first(next), offset + done, name));
  }
  return {};
}

Result<void> Disk::write_at(int fd, ByteView bytes, std::uint64_t offset, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return disk_error("write", name, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<void> Disk::sync(int fd, std::string_view name) {
  if (::fdatasync(fd) != 0) return disk_error("fdatasync", name, errno);
  return {};
}

Result<void> Disk::sync_file_system(int fd, std::string_view name) {
  if (::syncfs(fd) != 0) return disk_error("syncfs", name, errno);
  return {};
}

Disk& system_disk() {
  static Disk disk;
  return disk;
}

Result<void> publish_files(Disk& disk, const std::vector<FileContent>& files) {
  struct Open {
    UniqueFd fd;
    std::filesystem::path temporary;
  };
  std::vector<Open> written;
  std::set<std::filesystem::path> directories;
  auto all = [&]() -> Result<void> {
    for (const auto& file : files) {
      const auto parent = file.path.parent_path();
      if (directories.insert(parent).second) CHECK(make_directories(parent));
      std::filesystem::path temporary = file.path.string() + std::string(unfinished_suffix);
      UniqueFd fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file.mode)};
      if (!fd) return disk_error("open", temporary.string(), errno);
      written.push_back({std::move(fd), std::move(temporary)});
      CHECK(disk.write_at(written.back().fd.get(), file.content, 0, file.path.string()));
    }
    // syncfs tells what failed since its descriptor was opened (Linux 5.8): the first one is older than every write.
    if (files.size() >= together_min) {
      CHECK(disk.sync_file_system(written.front().fd.get(), files.front().path.string()));
    } else {
      for (std::size_t i = 0; i < files.size(); ++i) CHECK(disk.sync(written[i].fd.get(), files[i].path.string()));
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (::rename(written[i].temporary.c_str(), files[i].path.c_str()) != 0) {
        return disk_error("rename", files[i].path.string(), errno);
      }
    }
    for (const auto& directory : directories) CHECK(sync_directory(directory));
    return {};
  }();
  if (!all) {
    for (const auto& file : written) ::unlink(file.temporary.c_str());
  }
  return all;
}

Result<std::vector<std::string>> list_directory(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (!name.ends_with(unfinished_suffix)) names.push_back(std::move(name));
  }
  if (error == std::errc::no_such_file_or_directory) return names;
  if (error) return std::unexpected(system_error("list", directory.string(), error.value()));
  std::ranges::sort(names);
  return names;
}

Result<void> remove_unfinished(const std::filesystem::path& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> found;
  for (std::filesystem::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().native().ends_with(unfinished_suffix)) found.push_back(it->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return std::unexpected(system_error("list", directory.string(), error.value()));
  }
  for (const auto& path : found) ::unlink(path.c_str());
  return {};
}

}  // namespace outrider::ledger
