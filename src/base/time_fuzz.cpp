// A time that is read and written reads back the same; a duration that is written is never longer than what was read.
#include <cstdlib>

#include "base/bytes.h"
#include "base/time.h"

using namespace outrider;

namespace {
void require(bool condition) {
  if (!condition) std::abort();
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(ByteView(data, size));
  if (const auto time = from_rfc3339(text)) require(from_rfc3339(to_rfc3339(*time)) == *time);
  if (const auto duration = parse_duration(text)) {
    // Two units are shown, so what is left out is less than the smaller of them.
    const auto shown = parse_duration(without_spaces(format_duration(*duration)));
    require(shown.has_value() && *shown <= *duration && *duration - *shown < std::chrono::hours(24));
  }
  return 0;
}
