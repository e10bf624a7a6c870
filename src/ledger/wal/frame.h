#pragma once
// Batches of bytes in a file, cut into blocks of 512 bytes, the unit a disk writes whole or not at all. Every block
// carries its own checksum and ends in a byte that is never zero, in a file that was zero before. So a block is
//   absent      all zero: never written,
//   incomplete  it ends in zero: its writing was cut short,
//   complete    and its checksum is right,
//   damaged     complete, but the checksum is wrong: no interrupted write leaves this; somebody changed it since.
// A batch is written only after the one before it is durable. Together this tells a torn last write, which was never
// acknowledged and is cut off, from a flipped bit in acknowledged data, which is an error. docs/format/ledger.md, 3.
// Pure functions; any thread.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace outrider::ledger {

inline constexpr std::size_t block_bytes = 512;
inline constexpr std::size_t block_head_bytes = 7;  // crc32c, flags, used
inline constexpr std::size_t block_body_bytes = block_bytes - block_head_bytes - 1;
inline constexpr std::uint8_t block_mark = 0xA5;

// Bytes that a batch with a body of this size takes in the file.
constexpr std::uint64_t framed_bytes(std::uint64_t body_bytes) {
  const std::uint64_t blocks = body_bytes == 0 ? 1 : (body_bytes + block_body_bytes - 1) / block_body_bytes;
  return blocks * block_bytes;
}

// Appends the blocks of one batch to `out`. `file_id` and the place in the file go into the checksums, so that a block
// found in another file or at another place is damaged.
void frame_batch(Bytes& out, std::uint64_t file_id, std::uint64_t offset, ByteView body);

struct FrameDamage {
  std::uint64_t offset = 0;  // of the block
  std::string what;
  Bytes body_until;  // the batch's body before the block
  Bytes body_here;   // the block's own, as found
};

struct FrameScan {
  std::uint64_t end = 0;   // behind the last whole batch: where the next one goes
  std::uint64_t torn = 0;  // bytes behind `end` up to the last one that is not zero: a write that was cut short
  std::optional<FrameDamage> damage;
};

// Gives every whole batch's body in order, with its offset; stops when `on_batch` fails and returns that error.
// Damage is a value: whoever knows what the batches mean names it.
Result<FrameScan> scan_frames(ByteView file, std::uint64_t file_id,
                              const std::function<Result<void>(ByteView body, std::uint64_t offset)>& on_batch);

}  // namespace outrider::ledger
