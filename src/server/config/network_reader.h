#pragma once
// From TOML; for the configuration's reader only.
#include <toml++/toml.h>
#include <vector>

#include "server/config/network_setting.h"

namespace outrider::server {

// The Error's detail is the problem without its place: "number 2: name must be …".
Result<std::vector<NetworkSetting>> read_networks(const toml::node& node);

}  // namespace outrider::server
