#pragma once
// Files the way a ledger needs them: every failure is a value, and "written" means durable.
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace outrider {

// Owns a file descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// The whole file; refused (too_large) when longer than `bytes_max`.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t bytes_max);
Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t bytes_max);

// Replaces the file in one step: writes a temporary beside it, syncs it, renames it, syncs the directory.
// A reader sees the old content or the new, also after power loss.
Result<void> write_file_atomic(const std::filesystem::path& path, ByteView content, mode_t mode = 0644);
inline Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content, mode_t mode = 0644) {
  return write_file_atomic(path, as_bytes(content), mode);
}

// For keys and tokens: refuses a file that others may read (any group or other permission bit).
Result<Secret> read_secret_file(const std::filesystem::path& path, std::size_t bytes_max);

// Makes the directory and its parents durably; `mode` goes to the ones it makes.
Result<void> make_directories(const std::filesystem::path& path, mode_t mode = 0750);
// Makes names created, renamed or removed in the directory durable.
Result<void> sync_directory(const std::filesystem::path& path);
// Writes everything at the current position, however often the system interrupts.
Result<void> write_all(int fd, ByteView bytes, std::string_view name);

}  // namespace outrider
