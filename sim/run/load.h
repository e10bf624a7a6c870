#pragma once
#include <memory>
#include <vector>

#include "sim/files/devices_file.h"
#include "sim/run/settings.h"
#include "sim/source/report_source.h"
#include "sim/source/trace.h"

namespace outrider::sim {

// A device to play, with everything it needs but a loop.
struct Role {
  DeviceLine line;
  std::unique_ptr<ReportSource> source;
  std::uint64_t seed = 0;
};

// Reads the devices file and the traces, and casts the roles: a model for each profile, a trace where one was ordered.
// `notes` gets what people should know (columns left out).
Result<std::vector<Role>> load_roles(const RunSettings& settings, unsigned boots, std::vector<std::string>& notes);

}  // namespace outrider::sim
