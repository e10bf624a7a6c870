#include "ledger/tree/tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/file.h"

namespace outrider::ledger {
namespace {

// "x001/x234/067" for 1234067.
std::string index_path(std::uint64_t index) {
  std::string path = fmt::format("{:03}", index % 1000);
  while (index >= 1000) {
    index /= 1000;
    path = fmt::format("x{:03}/", index % 1000) + path;
  }
  return path;
}

std::string with_width(std::string path, std::uint64_t width) {
  return width == tile_width ? path : fmt::format("{}.p/{}", path, width);
}

}  // namespace

std::string tile_path(unsigned level, std::uint64_t index, std::uint64_t width) {
  return with_width(fmt::format("tile/{}/{}", level, index_path(index)), width);
}

std::string bundle_path(std::uint64_t index, std::uint64_t width) {
  return with_width("tile/entries/" + index_path(index), width);
}

std::uint64_t partial_width(unsigned level, std::uint64_t size) {
  return (size >> (tile_height * level)) % tile_width;
}

std::uint64_t width_at(unsigned level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t hashes = level >= tile_levels_max ? 0 : size >> (tile_height * level);
  const std::uint64_t full = hashes / tile_width;
  if (index < full) return tile_width;
  return index == full ? hashes % tile_width : 0;
}

Bytes encode_tile(std::span<const Hash> hashes) {
  Bytes out;
  out.reserve(hashes.size() * crypto::sha256_bytes);
  for (const Hash& hash : hashes) out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

Result<std::vector<Hash>> decode_tile(ByteView bytes) {
  if (bytes.empty() || bytes.size() % crypto::sha256_bytes != 0 || bytes.size() > tile_bytes_max) {
    return fail(Errc::malformed, fmt::format("a tile cannot have {} bytes", bytes.size()));
  }
  std::vector<Hash> hashes(bytes.size() / crypto::sha256_bytes);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::ranges::copy(bytes.subspan(i * crypto::sha256_bytes, crypto::sha256_bytes), hashes[i].begin());
  }
  return hashes;
}

void append_to_bundle(Bytes& bundle, ByteView entry) {
  bundle.push_back(static_cast<std::uint8_t>(entry.size() >> 8U));
  bundle.push_back(static_cast<std::uint8_t>(entry.size()));
  bundle.insert(bundle.end(), entry.begin(), entry.end());
}

Result<std::vector<ByteView>> split_bundle(ByteView bundle) {
  std::vector<ByteView> entries;
  ByteReader in(bundle);
  while (!in.empty()) {
    if (entries.size() == tile_width)
      return fail(Errc::malformed, fmt::format("a bundle has more than {} entries", tile_width));
    TRY(auto entry, in.block16());
    entries.push_back(entry.rest());
  }
  return entries;
}

std::unexpected<Error> TileReader::corrupt(const std::string& file, unsigned level, std::uint64_t index,
                                           std::string_view what) const {
  const unsigned shift = tile_height * (level + 1);
  const std::uint64_t first = shift < 64 ? index << shift : 0;
  return fail(Errc::corrupt, "ledger-damaged",
              fmt::format("fleet {}, from entry {} on: {} {}", log_, first, file, what));
}

Result<Bytes> TileReader::read(const std::string& full, const std::string& partial, std::size_t bytes_max) const {
  // The partial file is removed once the full one is there, so looking in this order twice cannot miss both.
  auto bytes = read_file(directory_ / partial, bytes_max);
  if (bytes || bytes.error().code != Errc::not_found || full == partial) return bytes;
  return read_file(directory_ / full, bytes_max);
}

Result<std::vector<Hash>> TileReader::tile(unsigned level, std::uint64_t index, std::uint64_t size) const {
  const std::uint64_t width = width_at(level, index, size);
  const std::string path = tile_path(level, index, width);
  if (width == 0) return corrupt(path, level, index, fmt::format("is not in a tree of {} entries", size));
  auto bytes = read(tile_path(level, index, tile_width), path, tile_bytes_max);
  if (!bytes) return corrupt(path, level, index, fmt::format("cannot be read: {}", bytes.error().text()));
  auto hashes = decode_tile(*bytes);
  if (!hashes || (hashes->size() != width && hashes->size() != tile_width)) {
    return corrupt(path, level, index,
                   fmt::format("has {} bytes; {} were written", bytes->size(), width * crypto::sha256_bytes));
  }
  hashes->resize(static_cast<std::size_t>(width));
  return hashes;
}

Result<std::vector<Bytes>> TileReader::bundle_unchecked(std::uint64_t index, std::uint64_t size) const {
  const std::uint64_t width = width_at(0, index, size);
  const std::string path = bundle_path(index, width);
  if (width == 0) return corrupt(path, 0, index, fmt::format("is not in a tree of {} entries", size));
  auto bytes = read(bundle_path(index, tile_width), path, bundle_bytes_max);
  if (!bytes) return corrupt(path, 0, index, fmt::format("cannot be read: {}", bytes.error().text()));
  auto entries = split_bundle(*bytes);
  if (!entries || (entries->size() != width && entries->size() != tile_width)) {
    return corrupt(path, 0, index, fmt::format("is not a bundle of {} entries", width));
  }
  std::vector<Bytes> out;
  out.reserve(static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < width; ++i) out.push_back(to_bytes((*entries)[i]));
  return out;
}

Result<std::vector<Bytes>> TileReader::bundle(std::uint64_t index, std::uint64_t size) const {
  TRY(auto hashes, tile(0, index, size));
  TRY(auto entries, bundle_unchecked(index, size));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (leaf_hash(entries[i]) != hashes[i]) {
      return fail(Errc::corrupt, "ledger-damaged",
                  fmt::format("fleet {}, entry {}: its bytes in {} do not have the hash that is in the tree", log_,
                              index * tile_width + i, bundle_path(index, entries.size())));
    }
  }
  return entries;
}

SubtreeHash TileReader::subtrees(std::uint64_t size) const {
  struct Cached {
    std::uint64_t index = 0;
    std::vector<Hash> hashes;
  };
  auto cache = std::make_shared<std::array<Cached, tile_levels_max>>();
  return [this, size, cache](unsigned level, std::uint64_t index) -> Result<Hash> {
    const unsigned tile_level = level / tile_height;
    const std::uint64_t span = std::uint64_t{1} << (level % tile_height);  // hashes of the tile under this subtree
    const std::uint64_t first = index * span;
    const std::uint64_t tile_index = first / tile_width;
    if (tile_level >= tile_levels_max) return fail(Errc::internal, "no tree has that level");
    Cached& cached = (*cache)[tile_level];
    if (cached.hashes.empty() || cached.index != tile_index) {
      TRY(cached.hashes, tile(tile_level, tile_index, size));
      cached.index = tile_index;
    }
    const auto from = static_cast<std::size_t>(first % tile_width);
    if (from + span > cached.hashes.size()) return fail(Errc::internal, "subtree is not complete");
    return root_of(std::span<const Hash>(cached.hashes).subspan(from, static_cast<std::size_t>(span)));
  };
}

}  // namespace outrider::ledger
