#pragma once
// The reader of TOML tables, by the name that the files of this room use.
#include "wire/toml/toml_reader.h"

namespace outrider::fleet {
using wire::toml_error;
using wire::TomlReader;
}  // namespace outrider::fleet
