#pragma once
// What the machine says of itself, taken once: the checks judge, this only measures. Tests hand in other values.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/time.h"

namespace outrider::server::doctor {

struct Vitals {
  Timestamp now;
  std::optional<bool> synchronised;  // does the kernel hold the clock for right? Nothing: it does not say
  // How far the wall clock has moved since the server's start beyond the time that has passed.
  std::optional<std::chrono::seconds> clock_jump;

  std::uint64_t disk_bytes = 0;  // of the data directory's file system
  std::uint64_t disk_free_bytes = 0;
  std::uint64_t inodes = 0;  // 0: the file system does not count them
  std::uint64_t inodes_free = 0;
  std::string file_system;                             // "ext4", "tmpfs", "0x…" when unknown
  std::optional<std::chrono::microseconds> sync_time;  // of writing and syncing 4 KiB, the median of a few
  std::string sync_problem;                            // why it could not be measured

  std::uint64_t descriptors = 0;  // open files the server may have (RLIMIT_NOFILE, hard)
  std::uint64_t backlog = 0;      // net.core.somaxconn; 0: unknown
  std::uint32_t user = 0;         // who is looking
};

// `server`: the running server's process id, or 0.
Vitals take_vitals(const std::filesystem::path& data, std::int64_t server,
                   const std::filesystem::path& since_start /* a file written when the server had started */);

}  // namespace outrider::server::doctor
