#pragma once
// By which numbers records are found.
#include <cstdint>

#include "detect/checks/cells/index/record_index.h"
#include "detect/input/observation.h"

namespace outrider::detect {

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0x9E3779B97F4A7C15U) * (b ^ 0xD1B54A32D192ED03U);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

// Different in each process, so that a device cannot choose cells that collide. Nothing depends on the order that
// results: the index is only ever asked for one key, and what is saved is the vector.
std::uint64_t index_salt();

struct CellHash {
  std::uint64_t salt = index_salt();
  std::uint64_t operator()(const CellKey& key) const {
    const auto place =
        static_cast<std::uint64_t>(key.mcc) << 48U | static_cast<std::uint64_t>(key.mnc) << 32U | key.area;
    return mix(mix(place ^ salt, key.cell), salt);
  }
  std::uint64_t operator()(std::uint64_t key) const { return mix(key ^ salt, salt); }
};

}  // namespace outrider::detect
