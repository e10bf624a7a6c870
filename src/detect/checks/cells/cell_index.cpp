#include "detect/checks/cells/cell_index.h"

#include <random>

namespace outrider::detect {

std::uint64_t index_salt() {
  static const std::uint64_t salt = [] {
    std::random_device random;
    return static_cast<std::uint64_t>(random()) << 32U | random();
  }();
  return salt;
}

}  // namespace outrider::detect
