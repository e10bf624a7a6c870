#include "ledger/wal/frame.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace outrider::ledger {
namespace {

constexpr std::uint64_t file_id = 42;

Bytes body_of(std::size_t size, std::uint8_t seed) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(seed + i % 7 * 31);
  return out;
}

struct Found {
  FrameScan scan;
  std::vector<Bytes> bodies;
};

Found scan(ByteView file, std::uint64_t id = file_id) {
  Found found;
  auto result = scan_frames(file, id, [&](ByteView body, std::uint64_t) -> Result<void> {
    found.bodies.push_back(to_bytes(body));
    return {};
  });
  found.scan = *result;
  return found;
}

Bytes two_batches(std::size_t second_bytes, std::size_t reserved = 8192) {
  Bytes file;
  frame_batch(file, file_id, 0, body_of(100, 1));
  frame_batch(file, file_id, file.size(), body_of(second_bytes, 2));
  file.resize(std::max(reserved, file.size()));
  return file;
}

TEST(Frame, GivesBackBatchesOfEverySizeAroundABlock) {
  for (const std::size_t size : {0UL, 1UL, 503UL, 504UL, 505UL, 1008UL, 1009UL, 100'000UL}) {
    Bytes file;
    frame_batch(file, file_id, 0, body_of(size, 3));
    EXPECT_EQ(file.size(), framed_bytes(size));
    const Found found = scan(file);
    ASSERT_EQ(found.bodies.size(), 1U) << size;
    EXPECT_EQ(found.bodies[0], body_of(size, 3));
    EXPECT_EQ(found.scan.end, file.size());
    EXPECT_FALSE(found.scan.damage);
  }
}

TEST(Frame, ALastWriteCutShortAtAnyByteIsTornAndTheOneBeforeItStays) {
  const Bytes whole = two_batches(1500);
  const std::size_t first = framed_bytes(100);
  const std::size_t second = first + framed_bytes(1500);
  for (std::size_t cut = first; cut < second; ++cut) {
    Bytes file = whole;
    std::fill(file.begin() + static_cast<std::ptrdiff_t>(cut), file.end(), 0);
    const Found found = scan(file);
    ASSERT_FALSE(found.scan.damage) << cut;
    ASSERT_EQ(found.bodies.size(), 1U) << cut;
    ASSERT_EQ(found.scan.end, first) << cut;
    // The same when the file is shorter, as after copying one that was being written.
    const Found shorter = scan(ByteView(whole).first(cut));
    ASSERT_FALSE(shorter.scan.damage) << cut;
    ASSERT_EQ(shorter.scan.end, first) << cut;
  }
}

TEST(Frame, BlocksThatReachedTheDiskInAnotherOrderAreTornToo) {
  const Bytes whole = two_batches(1500);
  const std::size_t first = framed_bytes(100);
  for (unsigned missing = 1; missing < 8; ++missing) {
    Bytes file = whole;
    for (unsigned block = 0; block < 3; ++block) {
      if ((missing >> block & 1U) == 0) continue;
      const auto at = file.begin() + static_cast<std::ptrdiff_t>(first + block * block_bytes);
      std::fill(at, at + block_bytes, 0);
    }
    const Found found = scan(file);
    EXPECT_FALSE(found.scan.damage) << missing;
    EXPECT_EQ(found.scan.end, first) << missing;
  }
}

TEST(Frame, AnyFlippedBitInWrittenBlocksIsDamageAlsoInTheLastBatch) {
  const Bytes whole = two_batches(1500);
  const std::size_t written = framed_bytes(100) + framed_bytes(1500);
  for (std::size_t at = 0; at < written; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes file = whole;
      file[at] ^= static_cast<std::uint8_t>(1U << bit);
      const Found found = scan(file);
      ASSERT_TRUE(found.scan.damage) << "byte " << at << " bit " << bit;
      ASSERT_EQ(found.scan.damage->offset, at / block_bytes * block_bytes);
    }
  }
}

TEST(Frame, ABitFlippedInSpaceNeverWrittenLosesNothing) {
  const Bytes whole = two_batches(200);
  const std::size_t written = framed_bytes(100) + framed_bytes(200);
  for (std::size_t at = written; at < whole.size(); ++at) {
    Bytes file = whole;
    file[at] ^= 1U;
    const Found found = scan(file);
    ASSERT_EQ(found.bodies.size(), 2U) << at;
    ASSERT_EQ(found.scan.end, written) << at;
  }
}

TEST(Frame, AHoleBeforeALaterBatchIsDamageBecauseThatBatchProvesTheHoleWasWritten) {
  Bytes file;
  frame_batch(file, file_id, 0, body_of(10, 1));
  const std::size_t hole = file.size();
  frame_batch(file, file_id, file.size(), body_of(10, 2));
  frame_batch(file, file_id, file.size(), body_of(10, 3));
  std::fill(file.begin() + static_cast<std::ptrdiff_t>(hole),
            file.begin() + static_cast<std::ptrdiff_t>(hole + block_bytes), 0);
  const Found found = scan(file);
  ASSERT_TRUE(found.scan.damage);
  EXPECT_EQ(found.scan.damage->offset, hole);
}

TEST(Frame, ABlockFromAnotherFileOrPlaceIsDamage) {
  Bytes file;
  frame_batch(file, file_id, 0, body_of(10, 1));
  EXPECT_TRUE(scan(file, file_id + 1).scan.damage);
  Bytes moved;
  frame_batch(moved, file_id, block_bytes, body_of(10, 1));
  EXPECT_TRUE(scan(moved).scan.damage);
}

}  // namespace
}  // namespace outrider::ledger
