// Entry bundles and tiles from a disk that may have rotted: what is split joins to the same bytes.
#include <algorithm>
#include <cstdlib>

#include "ledger/tree/tiles.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const ByteView input(data, size);
  if (const auto entries = ledger::split_bundle(input)) {
    Bytes again;
    for (const ByteView entry : *entries) ledger::append_to_bundle(again, entry);
    if (!std::ranges::equal(again, input) || entries->size() > ledger::tile_width) std::abort();
  }
  if (const auto hashes = ledger::decode_tile(input)) {
    if (!std::ranges::equal(ledger::encode_tile(*hashes), input)) std::abort();
  }
  return 0;
}
