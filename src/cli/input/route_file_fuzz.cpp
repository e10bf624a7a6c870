// Routes come from planners and drawing tools. What is accepted holds only places, at least two, and thinning keeps its
// ends.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cli/input/route_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto points = outrider::cli::parse_route_file(text);
  if (!points) {
    if (points.error().detail.empty()) std::abort();
    return 0;
  }
  if (points->size() < 2) std::abort();
  for (const auto& point : *points)
    if (!(point.lat >= -90 && point.lat <= 90 && point.lon >= -180 && point.lon <= 180)) std::abort();
  const auto thin = outrider::cli::thin_out(*points, 100);
  if (thin.size() < 2 || thin.size() > points->size() || thin.front().lat != points->front().lat ||
      thin.back().lon != points->back().lon)
    std::abort();
  return 0;
}
