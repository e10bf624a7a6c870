// What parses gives, written on one line or indented and parsed again, an equal document.
#include <cstdlib>

#include "base/json.h"

using namespace outrider;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = json::parse(as_text(ByteView(data, size)));
  if (!value) {
    if (value.error().detail.empty()) std::abort();
    return 0;
  }
  const auto compact = json::parse(json::compact(*value));
  if (!compact || *compact != *value) std::abort();
  const auto pretty = json::parse(json::pretty(*value));
  if (!pretty || *pretty != *value) std::abort();
  return 0;
}
