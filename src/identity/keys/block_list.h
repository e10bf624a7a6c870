#pragma once
// Public keys that nobody may have an identity with, because their private halves are known: those compiled into the
// program (known_keys.txt), and those of a file of the operator's (setting keys.block_list).
//
// The file: one key a line, as the 64 hexadecimal digits of SHA-256 over its SubjectPublicKeyInfo; what follows a '#'
// is a remark, empty lines are passed over.
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::identity {

inline constexpr std::size_t block_list_bytes_max = 64UL * 1024 * 1024;  // some 900,000 keys, 30 MiB of memory

class BlockList {
 public:
  // malformed ("bad-block-list") with file and line.
  static Result<BlockList> parse(std::string_view text, std::string_view file);
  // The list compiled into the program.
  static const BlockList& well_known();

  // `spki_sha256` as crypto::PublicKey names it.
  bool contains(std::string_view spki_sha256) const;
  std::size_t size() const { return keys_.size(); }

 private:
  using Key = std::array<std::uint8_t, 32>;
  std::vector<Key> keys_;  // sorted
};

// Both lists; the file is read again when it has changed. Threads: any.
class BlockedKeys {
 public:
  // An empty path: the list compiled in alone. A file that cannot be read or understood is an error.
  static Result<std::unique_ptr<BlockedKeys>> open(std::filesystem::path file);
  // True when the file had changed and was read. After an error the list is the one before.
  Result<bool> refresh();
  bool contains(std::string_view spki_sha256) const;

 private:
  using Stamp = std::pair<std::filesystem::file_time_type, std::uintmax_t>;
  explicit BlockedKeys(std::filesystem::path file) : file_(std::move(file)) {}
  const std::filesystem::path file_;
  mutable std::shared_mutex mutex_;  // guards the rest
  BlockList list_;
  std::optional<Stamp> read_;  // time and size of the file as it was read
};

}  // namespace outrider::identity
