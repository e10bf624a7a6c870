// The operator's list of blocked keys: every key that was read is found again, and nothing else is.
#include "identity/keys/block_list.h"

#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto list = identity::BlockList::parse(as_text({data, size}), "fuzz");
  if (!list) return list.error().reason == "bad-block-list" ? 0 : (std::abort(), 0);
  std::string kept;
  for (std::string_view text = as_text({data, size}); !text.empty();) {
    const auto line = text.substr(0, text.find('\n'));
    if (line.size() >= 64 && list->contains(line.substr(0, 64))) kept += std::string(line.substr(0, 64)) + "\n";
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  const auto again = identity::BlockList::parse(kept, "fuzz");
  if (!again || again->size() > list->size()) std::abort();
  return 0;
}
