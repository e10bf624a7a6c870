// If-Modified-Since comes from anybody.
#include "gateway/pki/http_date.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto at = outrider::gateway::pki::from_http_date(text);
  if (!at) return 0;
  // What was read is what we would write, but for a leap second.
  if (text.substr(23, 2) != "60" && outrider::gateway::pki::to_http_date(*at) != text) __builtin_trap();
  return 0;
}
