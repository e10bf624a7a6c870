#include "cli/quickstart/enlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/file.h"
#include "cli/command/exit.h"
#include "fleet/profile/profile.h"
#include "wire/csv/writer.h"

namespace outrider::cli {
namespace {

constexpr std::size_t batch_devices = 1000;  // what one request may carry
// Keys and certificates of a hundred thousand simulated devices.
constexpr std::size_t state_bytes_max = 1024UL * 1024 * 1024;

Error interrupted() {
  return {Errc::unavailable, std::string(reason_interrupted), "interrupted while registering devices"};
}

Result<void> ensure_fleet(Api& server, const std::string& fleet) {
  bool there = false;
  CHECK(server.each(path_of("fleets"), {}, all_items, [&](const json::Object& item) {
    there = text_at(item, "fleet") == fleet;
    return !there;
  }));
  if (there) return {};
  CHECK(server.post(path_of("fleets"), json::Object{{"fleet", fleet}, {"title", "Demonstration"}}));
  return {};
}

// The ids of the built-in profiles, each in force in the fleet afterwards.
Result<std::vector<std::string>> ensure_profiles(Api& server, const std::string& fleet) {
  std::set<std::string> there;
  CHECK(server.each(path_of("fleets", fleet, "profiles"), {}, all_items, [&](const json::Object& item) {
    there.insert(text_at(item, "profile"));
    return true;
  }));
  std::vector<std::string> out;
  for (const auto& builtin : fleet::builtin_profiles()) {
    TRY(const auto profile, fleet::Profile::parse(builtin.toml, builtin.file));
    if (!there.contains(profile.id.value)) {
      CHECK(server.post_text(path_of("fleets", fleet, "profiles"), "application/toml", builtin.toml,
                             {{"file", std::string(builtin.file)}}));
    }
    out.push_back(profile.id.value);
  }
  if (out.empty()) return fail(Errc::internal, "no-profiles", "this program has no built-in profiles");
  return out;
}

Result<std::map<std::string, std::string>> lifecycles(Api& server, const std::string& fleet) {
  std::map<std::string, std::string> out;
  CHECK(server.each(path_of("fleets", fleet, "devices"), {{"limit", "1000"}}, all_items, [&](const json::Object& item) {
    out[text_at(item, "device")] = text_at(item, "lifecycle");
    return true;
  }));
  return out;
}

// Devices whose key and certificate the simulator has kept: one JSON object a line, with the device's name. A line that
// a crash cut short counts for nothing, as for the simulator itself.
Result<std::set<std::string>> kept_by_simulator(const std::filesystem::path& simulation) {
  std::set<std::string> out;
  const auto text = read_text_file(simulation / "devices.jsonl", state_bytes_max);
  if (!text) {
    if (text.error().code == Errc::not_found) return out;
    return std::unexpected(text.error());
  }
  for (std::string_view rest = *text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (const auto line = json::parse(rest.substr(0, end)); line && line->is_object()) {
      if (!text_at(line->get_object(), "chain").empty()) out.insert(text_at(line->get_object(), "device"));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

// Registers one batch; their codes by device.
Result<void> add_batch(Api& server, const std::string& fleet, std::span<const PlannedDevice> batch,
                       std::map<std::string, std::string>& codes) {
  json::Array devices;
  for (const auto& each : batch) devices.emplace_back(json::Object{{"device", each.device}, {"profile", each.profile}});
  TRY(const auto answer,
      server.post(path_of("fleets", fleet, "devices"), json::Object{{"devices", std::move(devices)}, {"codes", true}}));
  if (!answer.is_object()) return fail(Errc::internal, "bad-answer", "the server's answer is not an object");
  for (const auto& item : list_at(answer.get_object(), "results")) {
    if (!item.is_object()) continue;
    const auto& result = item.get_object();
    if (!flag_at(result, "ok")) {
      const auto& error = object_at(result, "error");
      return fail(Errc::conflict, text_at(error, "reason"),
                  fmt::format("{}: {}", text_at(result, "device"), text_at(error, "detail")));
    }
    codes[text_at(result, "device")] = text_at(result, "code");
  }
  return {};
}

Result<void> write_devices_file(const std::filesystem::path& file, const std::vector<PlannedDevice>& planned,
                                const std::map<std::string, std::string>& codes) {
  wire::csv::Writer out(wire::csv::Formulas::keep);
  out.text("device").text("profile").text("code").end_row();
  for (const auto& each : planned) {
    const auto code = codes.find(each.device);
    out.text(each.device).text(each.profile).text(code == codes.end() ? "" : code->second).end_row();
  }
  return write_file_atomic(file, out.content(), 0600);
}

}  // namespace

std::vector<PlannedDevice> planned_devices(std::size_t count, const std::vector<std::string>& profiles) {
  std::vector<PlannedDevice> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& profile = profiles[i % profiles.size()];
    out.push_back({fmt::format("{}-{:04}", profile, i / profiles.size() + 1), profile});
  }
  return out;
}

Result<std::vector<PlannedDevice>> enlist(Api& server, const std::string& fleet, std::size_t count,
                                          const std::filesystem::path& simulation, const Enlisting& progress) {
  CHECK(ensure_fleet(server, fleet));
  TRY(const auto profiles, ensure_profiles(server, fleet));
  TRY(const auto there, lifecycles(server, fleet));
  TRY(const auto kept, kept_by_simulator(simulation));
  auto planned = planned_devices(count, profiles);
  std::erase_if(planned, [&](const PlannedDevice& each) {
    const auto found = there.find(each.device);
    return found != there.end() && found->second == "retired";
  });

  std::vector<PlannedDevice> missing;
  std::vector<std::string> without_certificate;
  for (const auto& each : planned) {
    if (!there.contains(each.device)) {
      missing.push_back(each);
    } else if (!kept.contains(each.device)) {
      without_certificate.push_back(each.device);
    }
  }
  const std::uint64_t total = missing.size() + without_certificate.size();
  std::uint64_t done = 0;
  std::map<std::string, std::string> codes;
  for (std::size_t at = 0; at < missing.size(); at += batch_devices) {
    const auto batch = std::span(missing).subspan(at, std::min(batch_devices, missing.size() - at));
    CHECK(add_batch(server, fleet, batch, codes));
    done += batch.size();
    if (!progress(done, total)) return std::unexpected(interrupted());
  }
  for (const std::string& device : without_certificate) {
    TRY(const auto answer, server.post(path_of("fleets", fleet, "devices", device, "code"), json::Object{}));
    if (answer.is_object()) codes[device] = text_at(answer.get_object(), "code");
    if (!progress(++done, total)) return std::unexpected(interrupted());
  }
  CHECK(write_devices_file(simulation / "fleet.csv", planned, codes));
  return planned;
}

Result<std::uint64_t> count_enrolled(Api& server, const std::string& fleet, const std::vector<PlannedDevice>& planned) {
  TRY(const auto there, lifecycles(server, fleet));
  return std::ranges::count_if(planned, [&](const PlannedDevice& each) {
    const auto found = there.find(each.device);
    return found != there.end() && found->second != "expected";
  });
}

}  // namespace outrider::cli
