// A recording: whatever is accepted starts at zero, never goes backwards, and holds only known names and finite
// numbers.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "sim/source/reading_names.h"
#include "sim/source/trace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto trace = sim::Trace::parse(as_text({data, size}), "t.csv");
  if (!trace) return 0;
  const auto require = [](bool held) {
    if (!held) std::abort();
  };
  require((*trace)->size() > 0);
  double before = 0;
  for (std::size_t i = 0; i < (*trace)->size(); ++i) {
    const auto& row = (*trace)->row(i);
    require(row.t_s >= before && !row.readings.empty());
    before = row.t_s;
    for (const auto& reading : row.readings) {
      const auto* known = sim::find_reading(reading.name);
      require(known != nullptr && known->unit == reading.unit);
      if (const auto* number = std::get_if<double>(&reading.value)) require(std::isfinite(*number));
    }
  }
  require(before == (*trace)->seconds());
  return 0;
}
