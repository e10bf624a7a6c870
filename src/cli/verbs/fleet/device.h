#pragma once
// The verbs of `device`; device_commands() in device.cpp puts them in the table.
#include "base/result.h"
#include "cli/command/context.h"

namespace outrider::cli {

// fleet/device_add.cpp: one device, or a whole file.
Result<void> add_devices(Context& context);
// fleet/device_labels.cpp: a file of codes as labels to print.
Result<void> print_labels(Context& context);

}  // namespace outrider::cli
