// Entries come from bundles, proofs and the write-ahead log. What decodes encodes to the same bytes.
#include <algorithm>
#include <cstdlib>

#include "ledger/entry_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const outrider::ByteView input(data, size);
  const auto entry = outrider::ledger::decode_entry(input);
  if (entry && !std::ranges::equal(outrider::ledger::encode_entry(*entry), input)) std::abort();
  return 0;
}
