#include "sim/run/load.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "sim/model/catalogue.h"

namespace outrider::sim {
namespace {

Result<std::shared_ptr<const Trace>> load_trace(const std::filesystem::path& file, std::vector<std::string>& notes) {
  TRY(const std::string csv, read_text_file(file, trace_bytes_max));
  TRY(auto trace, Trace::parse(csv, file.string()));
  for (const auto& column : trace->ignored())
    notes.push_back(fmt::format("{}: column left out: {}", file.string(), column));
  return trace;
}

// Gives each trace its device.
Result<void> cast_traces(const RunSettings& settings, std::vector<Role>& roles, std::vector<std::string>& notes) {
  for (const TraceOrder& order : settings.traces) {
    const auto wanted = [&](const Role& role) {
      return order.device.empty() ? role.source == nullptr : role.line.device.value == order.device;
    };
    const auto role = std::ranges::find_if(roles, wanted);
    if (role == roles.end()) {
      return fail(Errc::not_found, "no-device-for-trace",
                  order.device.empty() ? fmt::format("{} has more traces than devices", settings.devices_file.string())
                                       : fmt::format("device '{}' of a trace is not in {}", order.device,
                                                     settings.devices_file.string()));
    }
    if (role->source != nullptr)
      return fail(Errc::conflict, "trace-twice", fmt::format("device '{}' has two traces", order.device));
    TRY(auto trace, load_trace(order.file, notes));
    role->source = std::make_unique<TraceSource>(std::move(trace), settings.trace_speed);
  }
  return {};
}

}  // namespace

Result<std::vector<Role>> load_roles(const RunSettings& settings, unsigned boots, std::vector<std::string>& notes) {
  TRY(const std::string csv, read_text_file(settings.devices_file, devices_file_bytes_max));
  TRY(auto lines, parse_devices(csv, settings.devices_file.string()));
  std::vector<Role> roles;
  roles.reserve(lines.size());
  for (auto& line : lines) {
    const std::uint64_t seed = seed_of(settings.seed, line.device.value);
    roles.push_back({.line = std::move(line), .source = nullptr, .seed = seed});
  }
  CHECK(cast_traces(settings, roles, notes));
  for (Role& role : roles) {
    if (role.source != nullptr) continue;
    auto entry = model_of(role.line.profile.value);
    if (!entry)
      return std::unexpected(
          std::move(entry).error().during(fmt::format("casting device '{}'", role.line.device.value)));
    role.source = std::make_unique<ModelSource>(
        (*entry)->make({.seed = role.seed, .boot_count = boots, .gathering = settings.gathering}),
        settings.interval.value_or((*entry)->interval), role.seed);
  }
  return roles;
}

}  // namespace outrider::sim
