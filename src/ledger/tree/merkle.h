#pragma once
// Merkle tree hashes and proofs of RFC 6962, section 2.1, with SHA-256. Pure functions; any thread.
// A subtree is named by its level and index: level 0 are the leaves, and the subtree (level, index) covers the leaves
// from index * 2^level on, 2^level of them.
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "crypto/hash.h"

namespace outrider::ledger {

using Hash = crypto::Digest;

Hash leaf_hash(ByteView entry);                       // SHA-256(0x00 || entry)
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(0x01 || left || right)
Hash empty_root();                                    // SHA-256("")
// Root over these leaf hashes (MTH). Empty: empty_root().
Hash root_of(std::span<const Hash> leaves);

// Where complete subtrees come from: tiles on disk or memory.
using SubtreeHash = std::function<Result<Hash>(unsigned level, std::uint64_t index)>;

// Root of the first `size` leaves.
Result<Hash> root_at(std::uint64_t size, const SubtreeHash& subtree);
// From the leaf's sibling up (RFC 6962, 2.1.1). malformed unless number < size.
Result<std::vector<Hash>> inclusion_proof(std::uint64_t number, std::uint64_t size, const SubtreeHash& subtree);
// That the tree of `old_size` leaves is the beginning of the tree of `size` (2.1.2). Empty when the sizes are equal or
// the old tree is empty; malformed unless old_size <= size.
Result<std::vector<Hash>> consistency_proof(std::uint64_t old_size, std::uint64_t size, const SubtreeHash& subtree);

// RFC 9162, 2.1.3.2: the root that the proof gives for the leaf; nullopt-like failure is Errc::malformed (wrong
// length).
Result<Hash> root_from_inclusion(std::uint64_t number, std::uint64_t size, const Hash& leaf,
                                 std::span<const Hash> proof);
bool check_inclusion(std::uint64_t number, std::uint64_t size, const Hash& root, const Hash& leaf,
                     std::span<const Hash> proof);
// RFC 9162, 2.1.4.2.
bool check_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                       std::span<const Hash> proof);

}  // namespace outrider::ledger
