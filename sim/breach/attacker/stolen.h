#pragma once
// What a thief copies out of a device: its key and certificate, as the simulated devices keep them.
#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "sim/files/keyring.h"

namespace outrider::sim {

// Reads the flash memory of a fleet that another process plays. By device id, the newest of each.
Result<std::map<std::string, Credentials>> copy_keys(const std::filesystem::path& state);

}  // namespace outrider::sim
