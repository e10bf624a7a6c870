#pragma once
// Words of modems for radio access and ciphering.
#include <string_view>

#include "detect/input/observation.h"

namespace outrider::detect {

// "lte-m", "NB-IoT", "gsm" …; case, '-', '_' and ' ' do not matter.
Radio radio_from(std::string_view word);
// "eea2", "A5/3", "nea0" …
Cipher cipher_from(std::string_view word);

}  // namespace outrider::detect
