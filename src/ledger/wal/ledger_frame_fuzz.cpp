// A file of frames after any accident: what is taken for whole batches, written again, gives the same bytes.
#include <algorithm>
#include <cstdlib>

#include "ledger/wal/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  constexpr std::uint64_t file_id = 1;
  // An input that begins with 'F' becomes a file of two batches in which one byte is changed, so that the checksums are
  // passed.
  Bytes file(data, data + size);
  if (size > 4 && data[0] == 'F') {
    const std::size_t at = static_cast<std::size_t>(data[1]) << 8U | data[2];
    const ByteView body(data + 4, size - 4);
    file.clear();
    ledger::frame_batch(file, file_id, 0, body);
    ledger::frame_batch(file, file_id, file.size(), body);
    file[at % file.size()] ^= data[3];
  }
  Bytes again;
  const auto scan = ledger::scan_frames(file, file_id, [&](ByteView body, std::uint64_t offset) -> Result<void> {
    if (offset != again.size()) std::abort();
    ledger::frame_batch(again, file_id, again.size(), body);
    return {};
  });
  if (!scan || scan->end != again.size() || again.size() > file.size()) std::abort();
  if (!std::ranges::equal(again, ByteView(file).first(again.size()))) std::abort();
  return 0;
}
