#pragma once
// The few system calls on which durability rests, as a seam: tests hand in a disk that is full or whose fsync fails.
// Any thread.
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"

namespace outrider::ledger {

// Reason of an Errc::unavailable error when there is no space; the work may be given again later.
inline constexpr std::string_view disk_full_reason = "disk-full";

class Disk {
 public:
  virtual ~Disk() = default;
  // Allocates the first `bytes` of the file, reading as zeros, so that writing them later cannot lack space.
  // disk_full_reason when they cannot be had.
  virtual Result<void> reserve(int fd, std::uint64_t bytes, std::string_view name);
  // Writes zeros where they are reserved: a sync of what is written there later has only content to write, and not that
  // the space is used now.
  Result<void> fill(int fd, std::uint64_t bytes, std::uint64_t offset, std::string_view name);
  virtual Result<void> write_at(int fd, ByteView bytes, std::uint64_t offset, std::string_view name);
  // Content and size are on the medium when this succeeds. After a failure nobody knows what is: the kernel may have
  // dropped the pages and a second call would succeed without them, so it must never be repeated on the same data.
  virtual Result<void> sync(int fd, std::string_view name);
  // The same for every file written on the file system of `fd` so far: for many files at once, whose own syncs would
  // each wait for the medium.
  virtual Result<void> sync_file_system(int fd, std::string_view name);
};

Disk& system_disk();

struct FileContent {
  std::filesystem::path path;
  Bytes content;
  mode_t mode = 0644;
};

// Names of files that are being written; a crash may leave them, and every open removes them.
inline constexpr std::string_view unfinished_suffix = ".unfinished";

// Replaces the files, making their directories: each is written beside its place, synced (many of them together) and
// renamed, and the directories are synced last. When it fails some of the files may have been replaced. Not for two
// threads on one file.
Result<void> publish_files(Disk& disk, const std::vector<FileContent>& files);
inline Result<void> publish_file(Disk& disk, FileContent file) {
  return publish_files(disk, {std::move(file)});
}

// Names in the directory, sorted, without unfinished files. Empty when the directory does not exist.
Result<std::vector<std::string>> list_directory(const std::filesystem::path& directory);
// Removes unfinished files in the directory and below.
Result<void> remove_unfinished(const std::filesystem::path& directory);

}  // namespace outrider::ledger
