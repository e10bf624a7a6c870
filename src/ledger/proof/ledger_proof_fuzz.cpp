// Proof files come from anybody. What is read writes to the same text, and checking never believes more than was
// signed.
#include <cstdlib>

#include "ledger/ledger.h"
#include "ledger/proof/proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto proof = outrider::ledger::read_proof(text);
  if (proof && outrider::ledger::write_proof(*proof) != text) std::abort();
  const auto proven = outrider::ledger::verify_proof(text, {});
  if (proven && (!proof || proven->key_was_given || proven->entry.number >= proven->tree_size)) std::abort();
  return 0;
}
