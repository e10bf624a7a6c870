#include "detect/checks/cells/index/record_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace outrider::detect {
namespace {

TEST(RecordIndex, HoldsNothingAtFirst) {
  const RecordIndex index;
  EXPECT_EQ(index.likely(7), RecordIndex::none);
  EXPECT_EQ(index.size(), 0U);
}

TEST(RecordIndex, TellsRecordsOfOneHashApartByAskingThem) {
  RecordIndex index;
  for (std::uint32_t at = 0; at < 5; ++at) index.insert(42, at);
  for (std::uint32_t at = 0; at < 5; ++at)
    EXPECT_EQ(index.find(42, [&](std::uint32_t position) { return position == at; }), at);
  EXPECT_EQ(index.find(42, [](std::uint32_t) { return false; }), RecordIndex::none);
}

// Few different homes, so that runs of slots collide, wrap around the end and close up when one in the middle goes.
TEST(RecordIndex, FindsWhatWasPutInAndNotTakenOut) {
  std::mt19937_64 random(4);
  RecordIndex index;
  std::map<std::uint32_t, std::uint64_t> hashes;  // by position
  for (int i = 0; i < 20'000; ++i) {
    const auto position = static_cast<std::uint32_t>(random() % 600);
    if (const auto known = hashes.find(position); known != hashes.end()) {
      index.erase(known->second, position);
      hashes.erase(known);
    } else {
      const std::uint64_t hash = random() % 40 * 0xFFFFFFC1U;
      index.insert(hash, position);
      hashes.emplace(position, hash);
    }
    ASSERT_EQ(index.size(), hashes.size());
    const auto asked = static_cast<std::uint32_t>(random() % 600);
    const auto known = hashes.find(asked);
    const std::uint64_t hash = known == hashes.end() ? random() % 40 * 0xFFFFFFC1U : known->second;
    EXPECT_EQ(index.find(hash, [&](std::uint32_t position) { return position == asked; }),
              known == hashes.end() ? RecordIndex::none : asked);
  }
}

}  // namespace
}  // namespace outrider::detect
