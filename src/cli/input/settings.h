#pragma once
// Which configuration a command means: --config, else OUTRIDER_CONFIG, else /etc/outrider/outrider.toml when it exists.
#include <filesystem>

#include "base/result.h"
#include "cli/command/args.h"
#include "server/config/config.h"

namespace outrider::cli {

// With the OUTRIDER_ variables of this process, and --data (where the command has it) above them all. A relative --data
// is meant from the working directory.
server::LoadedConfig load_settings(const Args& args);

// The data directory meant. bad-config when the configuration is so faulty that another one might be meant.
Result<std::filesystem::path> data_directory(const Args& args);

}  // namespace outrider::cli
