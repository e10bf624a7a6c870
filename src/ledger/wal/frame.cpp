#include "ledger/wal/frame.h"

#include <algorithm>
#include <array>

#include "ledger/wal/crc32c.h"

namespace outrider::ledger {
namespace {

constexpr std::uint8_t flag_first = 1;
constexpr std::uint8_t flag_last = 2;

using Block = std::array<std::uint8_t, block_bytes>;

std::uint32_t checksum(ByteView block, std::uint64_t file_id, std::uint64_t offset) {
  std::array<std::uint8_t, 16> place{};
  for (std::size_t i = 0; i < 8; ++i) {
    place[i] = static_cast<std::uint8_t>(file_id >> (56 - 8 * i));
    place[8 + i] = static_cast<std::uint8_t>(offset >> (56 - 8 * i));
  }
  return crc32c(block.subspan(4), crc32c(place));
}

enum class BlockState { absent, incomplete, complete, damaged };

struct View {
  BlockState state = BlockState::absent;
  bool first = false;
  bool last = false;
  ByteView body;  // of a complete one; of a damaged one, what stands there
};

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

View look_at(ByteView block, std::uint64_t file_id, std::uint64_t offset) {
  View view;
  if (block.back() == 0) {
    view.state = all_zero(block) ? BlockState::absent : BlockState::incomplete;
    return view;
  }
  const std::uint32_t stored = static_cast<std::uint32_t>(block[0]) << 24U |
                               static_cast<std::uint32_t>(block[1]) << 16U |
                               static_cast<std::uint32_t>(block[2]) << 8U | block[3];
  const std::size_t used = static_cast<std::size_t>(block[5]) << 8U | block[6];
  view.first = (block[4] & flag_first) != 0;
  view.last = (block[4] & flag_last) != 0;
  view.body = block.subspan(block_head_bytes, std::min(used, block_body_bytes));
  const bool sound = stored == checksum(block, file_id, offset) && used <= block_body_bytes &&
                     (view.last || used == block_body_bytes) && block.back() == block_mark;
  view.state = sound ? BlockState::complete : BlockState::damaged;
  return view;
}

// The blocks of a file whose last block may be short: what is missing counts as never written.
class Blocks {
 public:
  Blocks(ByteView file, std::uint64_t file_id) : file_(file), file_id_(file_id) {}

  bool has(std::uint64_t offset) const { return offset < file_.size(); }
  View at(std::uint64_t offset) {
    ByteView rest = file_.subspan(static_cast<std::size_t>(offset));
    if (rest.size() >= block_bytes) return look_at(rest.first(block_bytes), file_id_, offset);
    short_.fill(0);
    std::ranges::copy(rest, short_.begin());
    return look_at(short_, file_id_, offset);
  }

 private:
  ByteView file_;
  std::uint64_t file_id_;
  Block short_{};
};

// A batch that begins at `start` is not whole. It was cut short if nothing behind `start` belongs to a later batch and
// no block is damaged.
std::optional<FrameDamage> judge_tail(Blocks& blocks, std::uint64_t start, const Bytes& body_until,
                                      std::uint64_t& last_written) {
  for (std::uint64_t at = start; blocks.has(at); at += block_bytes) {
    const View view = blocks.at(at);
    if (view.state == BlockState::absent) continue;
    last_written = at + block_bytes;
    if (view.state == BlockState::damaged)
      return FrameDamage{at, "the block's checksum is wrong", body_until, to_bytes(view.body)};
    if (view.state == BlockState::complete && view.first && at != start) {
      return FrameDamage{start, "blocks are gone although a later batch is there", body_until, {}};
    }
  }
  return std::nullopt;
}

}  // namespace

void frame_batch(Bytes& out, std::uint64_t file_id, std::uint64_t offset, ByteView body) {
  bool first = true;
  do {
    const std::size_t used = std::min(body.size(), block_body_bytes);
    Block block{};
    block[4] = static_cast<std::uint8_t>((first ? flag_first : 0) | (used == body.size() ? flag_last : 0));
    block[5] = static_cast<std::uint8_t>(used >> 8U);
    block[6] = static_cast<std::uint8_t>(used);
    std::ranges::copy(body.first(used), block.begin() + block_head_bytes);
    block.back() = block_mark;
    const std::uint32_t crc = checksum(block, file_id, offset);
    for (std::size_t i = 0; i < 4; ++i) block[i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
    out.insert(out.end(), block.begin(), block.end());
    body = body.subspan(used);
    offset += block_bytes;
    first = false;
  } while (!body.empty());
}

Result<FrameScan> scan_frames(ByteView file, std::uint64_t file_id,
                              const std::function<Result<void>(ByteView body, std::uint64_t offset)>& on_batch) {
  FrameScan scan;
  Blocks blocks(file, file_id);
  Bytes body;
  for (;;) {
    body.clear();
    std::uint64_t at = scan.end;
    bool whole = false;
    while (!whole && blocks.has(at)) {
      const View view = blocks.at(at);
      if (view.state != BlockState::complete) break;
      if (view.first != (at == scan.end)) {
        scan.damage =
            FrameDamage{at, view.first ? "a batch begins inside another" : "a batch has no beginning", body, {}};
        return scan;
      }
      body.insert(body.end(), view.body.begin(), view.body.end());
      whole = view.last;
      at += block_bytes;
    }
    if (!whole) {
      std::uint64_t last_written = scan.end;
      scan.damage = judge_tail(blocks, scan.end, body, last_written);
      scan.torn = last_written - scan.end;
      return scan;
    }
    CHECK(on_batch(body, scan.end));
    scan.end = at;
  }
}

}  // namespace outrider::ledger
