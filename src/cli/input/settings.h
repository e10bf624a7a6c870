#pragma once
// Which configuration a command means: --config, else OUTRIDER_CONFIG, else /etc/outrider/outrider.toml when it exists.
#include "cli/command/args.h"
#include "server/config/config.h"

namespace outrider::cli {

// With the OUTRIDER_ variables of this process, and --data (where the command has it) above them all.
server::LoadedConfig load_settings(const Args& args);

}  // namespace outrider::cli
