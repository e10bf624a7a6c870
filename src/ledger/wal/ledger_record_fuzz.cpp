// Records of the write-ahead log: what is taken puts the same bytes again.
#include <algorithm>
#include <cstdlib>

#include "ledger/wal/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const ByteView input(data, size);
  ByteReader in(input);
  ByteWriter out;
  while (!in.empty()) {
    const auto record = ledger::take_record(in);
    if (!record) return 0;
    ledger::put_record(out, *record);
    if (!std::ranges::equal(out.bytes(), input.first(in.offset()))) std::abort();
  }
  return 0;
}
