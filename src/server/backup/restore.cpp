// From a backup to a data directory.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/file.h"
#include "ledger/ledger.h"
#include "server/backup/ustar.h"
#include "server/server.h"
#include "server/start/data_directory.h"

namespace outrider::server {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t files_max = 50'000'000;  // a ledger of billions of entries; more is an archive made to hurt
constexpr std::size_t copy_bytes = 1024 * 1024;
constexpr std::uint64_t progress_files = 256;

class Archive {
 public:
  static Result<Archive> open(const fs::path& path) {
    UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return std::unexpected(system_error("open", path.string(), errno));
    struct stat info{};
    if (::fstat(fd.get(), &info) != 0) return std::unexpected(system_error("stat", path.string(), errno));
    return Archive(std::move(fd), path.string(), static_cast<std::uint64_t>(info.st_size));
  }

  std::uint64_t size() const { return size_; }
  std::uint64_t at() const { return at_; }

  Result<void> read(std::span<std::uint8_t> out) {
    std::size_t got = 0;
    while (got < out.size()) {
      const ssize_t n = ::read(fd_.get(), out.data() + got, out.size() - got);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::unexpected(system_error("read", name_, errno));
      if (n == 0)
        return fail(Errc::malformed, "truncated", fmt::format("{} ends too early: it is not a whole backup", name_));
      got += static_cast<std::size_t>(n);
    }
    at_ += got;
    return {};
  }

  Result<void> skip(std::uint64_t count) {
    std::array<std::uint8_t, ustar::block_bytes> ignored{};
    return read(std::span(ignored).first(static_cast<std::size_t>(count)));
  }

 private:
  Archive(UniqueFd fd, std::string name, std::uint64_t size)
      : fd_(std::move(fd)), name_(std::move(name)), size_(size) {}
  UniqueFd fd_;
  std::string name_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
};

// The directory is new and closed to others, so nobody can put a link where we are about to write.
Result<void> unpack_file(Archive& archive, const ustar::Member& member, const fs::path& path, Bytes& buffer) {
  CHECK(make_directories(path.parent_path(), 0700));
  UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!fd && errno == EEXIST)
    return fail(Errc::malformed, "name-twice", fmt::format("{} is in the archive twice", member.name));
  if (!fd) return std::unexpected(system_error("create", path.string(), errno));
  for (std::uint64_t left = member.size; left > 0;) {
    buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, copy_bytes)));
    CHECK(archive.read(buffer));
    CHECK(write_all(fd.get(), buffer, path.string()));
    left -= buffer.size();
  }
  return archive.skip(ustar::padding(member.size));
}

Result<void> unpack(Archive& archive, const fs::path& root, const Progress& progress, RestoreReport& report) {
  Bytes buffer;
  ustar::Block block{};
  while (true) {
    CHECK(archive.read(block));
    TRY(const auto member, ustar::decode(block));
    if (!member) return {};
    if (++report.files > files_max) return fail(Errc::too_large, "too-many-files", "the archive holds too many files");
    const fs::path path = root / member->name;
    if (member->directory) {
      CHECK(make_directories(path, 0700));
    } else {
      CHECK(unpack_file(archive, *member, path, buffer));
      report.bytes += member->size;
    }
    if (report.files % progress_files == 0) progress("unpacking bytes", archive.at(), archive.size());
  }
}

// Everything below becomes durable at once; one fsync a file would take minutes.
Result<void> sync_all(const fs::path& root) {
  const UniqueFd fd{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd) return std::unexpected(system_error("open", root.string(), errno));
  if (::syncfs(fd.get()) != 0) return std::unexpected(system_error("sync", root.string(), errno));
  return sync_directory(root.parent_path());
}

Result<void> make_empty(const fs::path& root) {
  CHECK(make_directories(root, 0700));
  std::error_code error;
  const bool empty = fs::is_empty(root, error);
  if (error) return std::unexpected(system_error("list", root.string(), error.value()));
  if (!empty) {
    return fail(Errc::conflict, "not-empty",
                fmt::format("{} is not empty; a backup is restored into a new directory", root.string()));
  }
  if (::chmod(root.c_str(), 0700) != 0) return std::unexpected(system_error("chmod", root.string(), errno));
  return {};
}

}  // namespace

Result<RestoreReport> restore(const fs::path& archive, const fs::path& data_directory, const Progress& progress) {
  const Progress tell = progress ? progress : [](std::string_view, std::uint64_t, std::uint64_t) {};
  const fs::path root = fs::absolute(data_directory).lexically_normal();
  TRY(auto from, Archive::open(archive));
  CHECK(make_empty(root));
  RestoreReport report;
  auto unpacked = unpack(from, root, tell, report);
  if (unpacked) unpacked = sync_all(root);
  if (!unpacked) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(root, ignored)) fs::remove_all(entry.path(), ignored);
    return std::unexpected(std::move(unpacked).error().during("restoring " + archive.string()));
  }
  TRY(auto verified, ledger::verify(DataPaths{root}.ledger(), [&](std::uint64_t done, std::uint64_t total) {
        tell("verifying entries", done, total);
      }));
  report.entries = verified.entries;
  report.problems = std::move(verified.problems);
  return report;
}

}  // namespace outrider::server
