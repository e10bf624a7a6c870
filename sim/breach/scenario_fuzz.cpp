// A scenario file comes from anybody who wants to share one.
#include <string_view>

#include "base/bytes.h"
#include "sim/breach/scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  if (size > sim::scenario_bytes_max) return 0;
  const auto scenario = sim::parse_scenario(as_text(ByteView(data, size)), "scenario.toml");
  if (scenario && (scenario->steps.empty() || scenario->steps.size() > sim::scenario_steps_max)) __builtin_trap();
  if (!scenario && scenario.error().detail.empty()) __builtin_trap();
  return 0;
}
