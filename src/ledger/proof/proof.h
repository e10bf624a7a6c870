#pragma once
// Proof files: C2SP tlog-proof@v1 whose extra data carry the entry and the log's key. docs/format/ledger.md, 7.
// Pure functions; any thread.
#include <string>
#include <string_view>
#include <vector>

#include "ledger/proof/note.h"

namespace outrider::ledger {

inline constexpr std::size_t proof_bytes_max = 256 * 1024;

struct Proof {
  VerifierKey key;  // as the file says; trusted by nobody for that alone
  Bytes entry;      // as stored
  std::uint64_t number = 0;
  std::vector<Hash> path;
  std::string checkpoint;  // the note

  bool operator==(const Proof&) const = default;
};

std::string write_proof(const Proof& proof);
// Strict: write_proof gives the same text again.
Result<Proof> read_proof(std::string_view text);

}  // namespace outrider::ledger
