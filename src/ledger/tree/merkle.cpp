#include "ledger/tree/merkle.h"

#include <bit>

#include <fmt/format.h>

namespace outrider::ledger {
namespace {

constexpr std::uint8_t leaf_prefix = 0x00;
constexpr std::uint8_t node_prefix = 0x01;

// The largest power of two smaller than n; n >= 2.
std::uint64_t split_of(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

// Root over the leaves [from, from + count), count >= 1, where `from` is a multiple of the power of two at or above
// count that the recursion of RFC 6962 gives.
Result<Hash> range_root(std::uint64_t from, std::uint64_t count, const SubtreeHash& subtree) {
  if (std::has_single_bit(count)) {
    const auto level = static_cast<unsigned>(std::countr_zero(count));
    return subtree(level, from >> level);
  }
  const std::uint64_t left = split_of(count);
  TRY(auto left_root, range_root(from, left, subtree));
  TRY(auto right_root, range_root(from + left, count - left, subtree));
  return node_hash(left_root, right_root);
}

// PATH(m, D[n]) of RFC 6962, 2.1.1; `number` counts from `from`.
Result<void> path(std::uint64_t number, std::uint64_t from, std::uint64_t count, const SubtreeHash& subtree,
                  std::vector<Hash>& out) {
  if (count == 1) return {};
  const std::uint64_t left = split_of(count);
  if (number < left) {
    CHECK(path(number, from, left, subtree, out));
    TRY(auto sibling, range_root(from + left, count - left, subtree));
    out.push_back(sibling);
  } else {
    CHECK(path(number - left, from + left, count - left, subtree, out));
    TRY(auto sibling, range_root(from, left, subtree));
    out.push_back(sibling);
  }
  return {};
}

// SUBPROOF(m, D[n], b) of RFC 6962, 2.1.2.
Result<void> subproof(std::uint64_t old_count, std::uint64_t from, std::uint64_t count, bool known,
                      const SubtreeHash& subtree, std::vector<Hash>& out) {
  if (old_count == count) {
    if (known) return {};
    TRY(auto root, range_root(from, count, subtree));
    out.push_back(root);
    return {};
  }
  const std::uint64_t left = split_of(count);
  if (old_count <= left) {
    CHECK(subproof(old_count, from, left, known, subtree, out));
    TRY(auto right, range_root(from + left, count - left, subtree));
    out.push_back(right);
  } else {
    CHECK(subproof(old_count - left, from + left, count - left, false, subtree, out));
    TRY(auto left_root, range_root(from, left, subtree));
    out.push_back(left_root);
  }
  return {};
}

}  // namespace

Hash leaf_hash(ByteView entry) {
  return crypto::sha256({ByteView(&leaf_prefix, 1), entry});
}

Hash node_hash(const Hash& left, const Hash& right) {
  return crypto::sha256({ByteView(&node_prefix, 1), left, right});
}

Hash empty_root() {
  return crypto::sha256(ByteView{});
}

Hash root_of(std::span<const Hash> leaves) {
  if (leaves.empty()) return empty_root();
  if (leaves.size() == 1) return leaves.front();
  const auto left = static_cast<std::size_t>(split_of(leaves.size()));
  return node_hash(root_of(leaves.first(left)), root_of(leaves.subspan(left)));
}

Result<Hash> root_at(std::uint64_t size, const SubtreeHash& subtree) {
  if (size == 0) return empty_root();
  return range_root(0, size, subtree);
}

Result<std::vector<Hash>> inclusion_proof(std::uint64_t number, std::uint64_t size, const SubtreeHash& subtree) {
  if (number >= size)
    return fail(Errc::malformed, fmt::format("entry {} is not in a tree of {} entries", number, size));
  std::vector<Hash> out;
  CHECK(path(number, 0, size, subtree, out));
  return out;
}

Result<std::vector<Hash>> consistency_proof(std::uint64_t old_size, std::uint64_t size, const SubtreeHash& subtree) {
  if (old_size > size)
    return fail(Errc::malformed, fmt::format("a tree of {} entries cannot begin with one of {}", size, old_size));
  std::vector<Hash> out;
  if (old_size == 0 || old_size == size) return out;
  CHECK(subproof(old_size, 0, size, true, subtree, out));
  return out;
}

Result<Hash> root_from_inclusion(std::uint64_t number, std::uint64_t size, const Hash& leaf,
                                 std::span<const Hash> proof) {
  if (number >= size)
    return fail(Errc::malformed, fmt::format("entry {} is not in a tree of {} entries", number, size));
  std::uint64_t fn = number;
  std::uint64_t sn = size - 1;
  Hash root = leaf;
  for (const Hash& sibling : proof) {
    if (sn == 0) return fail(Errc::malformed, "the inclusion proof is too long");
    if ((fn & 1U) != 0 || fn == sn) {
      root = node_hash(sibling, root);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      root = node_hash(root, sibling);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  if (sn != 0) return fail(Errc::malformed, "the inclusion proof is too short");
  return root;
}

bool check_inclusion(std::uint64_t number, std::uint64_t size, const Hash& root, const Hash& leaf,
                     std::span<const Hash> proof) {
  auto computed = root_from_inclusion(number, size, leaf, proof);
  return computed && *computed == root;
}

bool check_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                       std::span<const Hash> proof) {
  if (old_size > size) return false;
  if (old_size == size) return proof.empty() && old_root == root;
  if (old_size == 0) return proof.empty() && old_root == empty_root();
  std::uint64_t fn = old_size - 1;
  std::uint64_t sn = size - 1;
  while ((fn & 1U) != 0) {
    fn >>= 1U;
    sn >>= 1U;
  }
  // An old tree that is a complete subtree is not repeated in the proof.
  const bool complete = std::has_single_bit(old_size);
  if (!complete && proof.empty()) return false;
  Hash old_computed = complete ? old_root : proof.front();
  Hash computed = old_computed;
  for (const Hash& next : proof.subspan(complete ? 0 : 1)) {
    if (sn == 0) return false;
    if ((fn & 1U) != 0 || fn == sn) {
      old_computed = node_hash(next, old_computed);
      computed = node_hash(next, computed);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      computed = node_hash(computed, next);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  return sn == 0 && old_computed == old_root && computed == root;
}

}  // namespace outrider::ledger
