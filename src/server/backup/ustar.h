#pragma once
// The archive format of backups: POSIX ustar (POSIX.1-2017, pax, "ustar Interchange Format"), which any tar reads.
// Plain files and directories only. Pure functions on blocks; reading and writing files is the caller's.
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::server::ustar {

inline constexpr std::size_t block_bytes = 512;
inline constexpr std::uint64_t file_bytes_max = 8ULL * 1024 * 1024 * 1024 - 1;  // eleven octal digits
inline constexpr std::size_t name_bytes_max = 255;                              // prefix of 155, '/', name of 100
inline constexpr std::size_t depth_max = 16;                                    // folders in a name; ours need 8

struct Member {
  std::string name;  // relative, '/' between components, none at the end
  bool directory = false;
  std::uint32_t mode = 0600;  // permission bits
  std::uint64_t size = 0;     // 0 for a directory
  std::int64_t modified = 0;  // seconds since the epoch, not negative

  bool operator==(const Member&) const = default;
};

using Block = std::array<std::uint8_t, block_bytes>;

// A name that stays below the directory it is unpacked in: relative, no empty, "." or ".." component, no control byte
// and no backslash, bounded in length and depth.
Result<void> check_name(std::string_view name);

// too_large when name or size do not fit.
Result<Block> encode(const Member& member);

// nullopt for a block of zeros (the end is two of them). Refuses (malformed, with a reason): bad-checksum, not-ustar,
// bad-number, unsafe-name, and every type but file and directory (unsupported-type).
Result<std::optional<Member>> decode(ByteView block);

// Bytes that follow a file of this size up to the next block.
inline constexpr std::uint64_t padding(std::uint64_t size) {
  return (block_bytes - size % block_bytes) % block_bytes;
}

}  // namespace outrider::server::ustar
