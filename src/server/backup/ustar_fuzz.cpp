// A backup may come from anywhere. Whatever a block holds, decoding refuses it or gives a member whose name is safe
// and which encodes to a block that decodes to the same member.
#include <cstdlib>

#include "server/backup/ustar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider::server;
  const outrider::ByteView all(data, size);
  for (std::size_t at = 0; at + ustar::block_bytes <= size; at += ustar::block_bytes) {
    const auto member = ustar::decode(all.subspan(at, ustar::block_bytes));
    if (!member || !*member) continue;
    if (!ustar::check_name((*member)->name)) std::abort();
    const auto block = ustar::encode(**member);
    if (!block) continue;  // a prefix and a name that fit, but not as we would cut them
    const auto again = ustar::decode(*block);
    if (!again || *again != *member) std::abort();
  }
  return 0;
}
