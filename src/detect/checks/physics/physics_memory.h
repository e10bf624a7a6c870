#pragma once
// Fingerprints of runs of readings, and the peers that share a vehicle.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::detect {

// A window of changes that a device made.
struct FleetPrint {
  std::uint32_t hash = 0;  // 0: free
  std::uint32_t device = 0;
  std::uint32_t index = 0;  // of its values
  std::uint32_t at_s = 0;
};

// Where a device was last, and how warm it was there.
struct PeerReport {
  float lat = 0, lon = 0;
  float ambient = 0, temperature = 0;  // NaN: not reported
  std::uint32_t at_s = 0;              // 0: never
  std::uint32_t unused = 0;
};

class PhysicsMemory {
 public:
  static constexpr std::size_t ways = 4;
  static constexpr std::size_t prints_min = 1U << 12U;
  static constexpr std::size_t prints_max = 1U << 19U;  // 8 MiB: most of a day of 10,000 boxes at 5 minutes
  static constexpr std::size_t squares = 1U << 14U;
  static constexpr std::size_t peers_max = 1U << 20U;  // devices; 24 MiB

  // Those that may have the hash.
  std::span<const FleetPrint> prints(std::uint32_t hash) const;
  // The oldest of its neighbours makes room.
  void add_print(const FleetPrint& print);
  std::size_t print_count() const { return used_; }

  const PeerReport* peer(std::uint32_t device) const;
  void set_peer(std::uint32_t device, const PeerReport& report);
  void forget(std::uint32_t device);
  // It will be asked about a report of this device, there, soon.
  void expect(std::uint32_t device, double lat, double lon) const;
  // Who was last in the square of about 1 km, before `device` came: 0 when nobody was.
  std::uint32_t meet(float lat, float lon, std::uint32_t device);

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  struct Square {
    std::array<std::uint32_t, 2> last{};  // the newest two devices
  };
  std::size_t bucket(std::uint32_t hash) const;
  static std::size_t square(float lat, float lon);
  void grow();

  std::vector<FleetPrint> prints_;
  std::size_t used_ = 0;
  std::vector<PeerReport> peers_;  // by device
  std::vector<Square> squares_;
};

}  // namespace outrider::detect
