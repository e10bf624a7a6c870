#include "cli/input/settings.h"

#include <string>
#include <system_error>
#include <utility>

namespace outrider::cli {
namespace {

// On the command line a path is meant from where one stands. What cannot be made absolute is refused as a setting.
std::string absolute_path(std::string_view text) {
  std::error_code error;
  auto path = std::filesystem::absolute(text, error).lexically_normal();
  if (error || text.empty()) return std::string(text);
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();  // "data/" is "data"
  return path.string();
}

}  // namespace

server::LoadedConfig load_settings(const Args& args) {
  auto environment = server::process_environment();
  std::string file(server::config_path_default);
  bool named = false;
  if (const auto set = environment.find("OUTRIDER_CONFIG"); set != environment.end()) {
    named = !set->second.empty();
    if (named) file = set->second;
    environment.erase(set);
  }
  if (args.has("config")) {
    named = true;
    file = args.text("config");
  }
  // An option is the nearest wish of all: it goes over the environment, as the environment goes over the file.
  if (args.has("data")) environment["OUTRIDER_DATA"] = absolute_path(args.text("data"));
  return server::load_config(file, named, environment);
}

Result<std::filesystem::path> data_directory(const Args& args) {
  const auto loaded = load_settings(args);
  // A configuration with another fault still says where the data are. But where it does not, or not in a usable way,
  // the default is somebody else's: another server would be commanded.
  const bool said = loaded.origins.contains("data") && !loaded.faulty.contains("data");
  if (!said && !loaded.ok()) return fail(Errc::malformed, "bad-config", loaded.text());
  return loaded.config.data_directory;
}

}  // namespace outrider::cli
