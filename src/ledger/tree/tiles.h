#pragma once
// C2SP tlog-tiles: where tiles and entry bundles lie, and what is in them. Reading only; FleetTree writes them.
// A TileReader may be used by any thread, also while the tree grows.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ledger/tree/merkle.h"

namespace outrider::ledger {

inline constexpr unsigned tile_height = 8;
inline constexpr std::uint64_t tile_width = 1U << tile_height;
inline constexpr std::size_t tile_bytes_max = tile_width * crypto::sha256_bytes;
inline constexpr std::size_t bundle_bytes_max = tile_width * (2 + 65'535);
// Levels of tiles that a tree of 2^64 leaves has.
inline constexpr unsigned tile_levels_max = 64 / tile_height;

// "tile/<L>/<N>[.p/<W>]"; width is tile_width for a full tile.
std::string tile_path(unsigned level, std::uint64_t index, std::uint64_t width);
// "tile/entries/<N>[.p/<W>]".
std::string bundle_path(std::uint64_t index, std::uint64_t width);

// Hashes (level 0: entries) that the level's last tile holds in a tree of `size` leaves; 0 when it is full or absent.
std::uint64_t partial_width(unsigned level, std::uint64_t size);
// Hashes that tile `index` of the level holds in a tree of `size` leaves; 0 when the tree has no such tile.
std::uint64_t width_at(unsigned level, std::uint64_t index, std::uint64_t size);

Bytes encode_tile(std::span<const Hash> hashes);
Result<std::vector<Hash>> decode_tile(ByteView bytes);
void append_to_bundle(Bytes& bundle, ByteView entry);
// Strict: every length fits and nothing follows. At most tile_width entries.
Result<std::vector<ByteView>> split_bundle(ByteView bundle);

class TileReader {
 public:
  // `directory`: the log's own, with `checkpoint` and `tile/`.
  TileReader(std::filesystem::path directory, std::string log)
      : directory_(std::move(directory)), log_(std::move(log)) {}

  // The tile's hashes in a tree of `size` leaves, from the partial file or, when that is superseded, the beginning of
  // the full one. corrupt, naming log, file and entries, when it is missing or its length is wrong.
  Result<std::vector<Hash>> tile(unsigned level, std::uint64_t index, std::uint64_t size) const;
  // The bundle's entries in a tree of `size` leaves; each checked against the tile of level 0.
  Result<std::vector<Bytes>> bundle(std::uint64_t index, std::uint64_t size) const;
  // The same unchecked, for whoever recomputes the hashes.
  Result<std::vector<Bytes>> bundle_unchecked(std::uint64_t index, std::uint64_t size) const;
  // Complete subtrees of the tree of `size` leaves; remembers the last tile of each level. Not for two threads at once.
  SubtreeHash subtrees(std::uint64_t size) const;

  const std::filesystem::path& directory() const { return directory_; }

 private:
  Result<Bytes> read(const std::string& full, const std::string& partial, std::size_t bytes_max) const;
  std::unexpected<Error> corrupt(const std::string& file, unsigned level, std::uint64_t index,
                                 std::string_view what) const;

  std::filesystem::path directory_;
  std::string log_;
};

}  // namespace outrider::ledger
