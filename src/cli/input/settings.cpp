#include "cli/input/settings.h"

#include <string>
#include <utility>

namespace outrider::cli {

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
  if (args.has("data")) environment["OUTRIDER_DATA"] = std::string(args.text("data"));
  return server::load_config(file, named, environment);
}

}  // namespace outrider::cli
