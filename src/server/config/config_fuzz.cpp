// A configuration file is typed by people and copied by tools: whatever it holds, reading ends with a config or with
// problems, and a config that was accepted reads back from what is shown of it.
#include <cstdlib>

#include "server/config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider::server;
  const auto loaded = parse_config({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  if (!loaded.ok()) return 0;
  const auto again = parse_config(show(loaded), "shown.toml");
  if (!again.ok() || again.config != loaded.config) std::abort();
  return 0;
}
