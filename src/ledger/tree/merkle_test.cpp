#include "ledger/tree/merkle.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace outrider::ledger {
namespace {

constexpr std::uint64_t leaves_max = 130;  // two and a bit of every power of two that matters to the recursion

std::vector<Hash> leaves(std::uint64_t count) {
  std::vector<Hash> out;
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(leaf_hash(as_bytes("leaf " + std::to_string(i))));
  return out;
}

// RFC 6962, 2.1, word by word and slowly.
Hash naive_root(std::span<const Hash> hashes) {
  if (hashes.empty()) return crypto::sha256(ByteView{});
  if (hashes.size() == 1) return hashes[0];
  std::size_t k = 1;
  while (k * 2 < hashes.size()) k *= 2;
  Bytes joined{0x01};
  for (const Hash& part : {naive_root(hashes.first(k)), naive_root(hashes.subspan(k))})
    joined.insert(joined.end(), part.begin(), part.end());
  return crypto::sha256(joined);
}

SubtreeHash subtrees_of(const std::vector<Hash>& hashes) {
  return [&](unsigned level, std::uint64_t index) -> Result<Hash> {
    const std::size_t count = std::size_t{1} << level;
    return naive_root(std::span(hashes).subspan(static_cast<std::size_t>(index) * count, count));
  };
}

TEST(Merkle, HashesTheEmptyTreeAndALeafAsTheRfcSays) {
  EXPECT_EQ(hex(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(leaf_hash({})), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(Merkle, AgreesWithTheDefinitionForEverySize) {
  const auto all = leaves(leaves_max);
  for (std::size_t size = 0; size <= leaves_max; ++size) {
    const Hash expected = naive_root(std::span(all).first(size));
    EXPECT_EQ(root_of(std::span(all).first(size)), expected) << size;
    EXPECT_EQ(root_at(size, subtrees_of(all)), expected) << size;
  }
}

TEST(Merkle, ProvesEveryEntryOfEveryTreeAndNoOther) {
  const auto all = leaves(leaves_max);
  for (std::size_t size = 1; size <= leaves_max; size += size < 20 ? 1 : 11) {
    const Hash root = naive_root(std::span(all).first(size));
    for (std::size_t number = 0; number < size; ++number) {
      const auto proof = *inclusion_proof(number, size, subtrees_of(all));
      EXPECT_TRUE(check_inclusion(number, size, root, all[number], proof)) << number << " of " << size;
      EXPECT_FALSE(check_inclusion(number, size, root, all[(number + 1) % leaves_max], proof));
      EXPECT_FALSE(check_inclusion(number + 1, size, root, all[number], proof));
      auto longer = proof;
      longer.push_back(root);
      EXPECT_FALSE(check_inclusion(number, size, root, all[number], longer));
      if (proof.empty()) continue;
      auto changed = proof;
      changed.back()[0] ^= 1U;
      EXPECT_FALSE(check_inclusion(number, size, root, all[number], changed));
      EXPECT_FALSE(check_inclusion(number, size, root, all[number], std::span(proof).first(proof.size() - 1)));
    }
  }
}

TEST(Merkle, ProvesThatATreeGrewOutOfAnEarlierOneAndNothingElse) {
  const auto all = leaves(leaves_max);
  for (std::size_t size = 0; size <= leaves_max; size += size < 20 ? 1 : 13) {
    const Hash root = naive_root(std::span(all).first(size));
    for (std::size_t old = 0; old <= size; ++old) {
      const Hash old_root = naive_root(std::span(all).first(old));
      const auto proof = *consistency_proof(old, size, subtrees_of(all));
      EXPECT_TRUE(check_consistency(old, old_root, size, root, proof)) << old << " in " << size;
      Hash other = old_root;
      other[31] ^= 1U;
      EXPECT_FALSE(check_consistency(old, other, size, root, proof));
      if (old != size) EXPECT_FALSE(check_consistency(size, root, old, old_root, proof));
      if (proof.empty()) continue;
      auto changed = proof;
      changed.front()[0] ^= 1U;
      EXPECT_FALSE(check_consistency(old, old_root, size, root, changed));
    }
  }
}

TEST(Merkle, RefusesAProofOfWhatIsNotInTheTree) {
  const auto all = leaves(4);
  EXPECT_EQ(inclusion_proof(4, 4, subtrees_of(all)).error().code, Errc::malformed);
  EXPECT_EQ(consistency_proof(5, 4, subtrees_of(all)).error().code, Errc::malformed);
}

}  // namespace
}  // namespace outrider::ledger
