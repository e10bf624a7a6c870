#pragma once
// Recomputes a published tree from its entries and compares every file with the result. Reads only; also while the tree
// grows.
#include <functional>
#include <string>

#include "ledger/proof/note.h"
#include "ledger/tree/tiles.h"

namespace outrider::ledger {

struct TreeCheckEvents {
  std::function<void(std::string)> problem;  // names file and entries
  // Every entry that could be read, in order, with its hash.
  std::function<void(std::uint64_t number, const Bytes& entry, const Hash& hash)> entry;
};

// Bundles against leaf hashes, tiles against what is below them, partial tiles against the whole, the root against the
// checkpoint. Goes on after a problem.
void check_tree(const TileReader& tiles, const std::string& fleet, const Checkpoint& checkpoint,
                const TreeCheckEvents& events);

}  // namespace outrider::ledger
