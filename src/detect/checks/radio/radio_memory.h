#pragma once
// What is usual of radio in this fleet: ciphers by network, identities asked for, power, SIM pairings; and the evidence
// accumulated against cells. Every list is bounded: the oldest or least important of a sample makes room.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/checks/cells/calibration.h"
#include "detect/checks/cells/cell_index.h"
#include "detect/checks/radio/suspect.h"

namespace outrider::detect {

// How one network ciphers; separately for old radio, where weak is usual.
struct NetworkCiphers {
  std::uint32_t network = 0;  // mcc * 1000 + mnc
  std::uint32_t last_s = 0;
  std::array<std::uint32_t, 2> known{}, none{}, weak{};  // [0] new radio, [1] old radio
};

// Who has a SIM.
struct SimHolder {
  std::uint64_t sim = 0;     // hash of the ICCID, or of the IMSI when that is all we know
  std::uint32_t device = 0;  // who last spoke of it; 0: given back
  std::uint32_t last_s = 0;
  std::uint64_t entry = 0;    // where it did
  std::uint32_t devices = 0;  // device_bit of all who ever did
  std::uint32_t unused = 0;
};

class RadioMemory {
 public:
  static constexpr std::size_t suspects_max = 4096;
  static constexpr std::size_t networks_max = 256;  // there are some 800 in the world; a fleet roams in few
  static constexpr std::size_t sims_max = 250'000;  // at 32 bytes: 8 MB a fleet

  // Counts of the whole fleet, for rates. A pair is halved when it grows large, so that what is usual may change.
  struct Rate {
    std::uint32_t seen = 0, of = 0;
    void count(bool it) {
      ++of;
      if (it) ++seen;
      if (of > 1'000'000) {
        of /= 2;
        seen /= 2;
      }
    }
    // With `before` looks at which it happened once, before anything was counted.
    double share(double before) const { return (seen + 1.0) / (of + before); }
  };
  struct Rates {
    Rate exposure;      // identity asked for, or rejected, before authentication: of the reports that speak of it
    Rate channel;       // a known cell on another channel or pci: of times somebody came onto it
    Rate sim_changed;   // a device with another SIM: of days of devices
    Rate imei_changed;  // a SIM in other hardware: of days of devices
    Rate sim_shared;    // a SIM that another device has, too: of SIMs
  };
  Rates rates;
  // How strong serving cells are heard, in 5 dB from -140 dBm: old radio (RSSI), LTE and its kin, NR (RSRP).
  struct Power {
    std::array<std::array<std::uint32_t, 26>, 3> counts{};
    void add(Radio radio, double dbm);
    double tail(Radio radio, double dbm) const;  // P(so strong or stronger)
  };
  Power power;
  Calibration timing;  // timing advance against distance

  NetworkCiphers& ciphers(std::uint32_t network, double now_s);
  const NetworkCiphers* find_ciphers(std::uint32_t network) const;

  const Suspect* suspect(const CellKey& key) const;
  Suspect* suspect(const CellKey& key);
  Suspect& accuse(const CellKey& key, double now_s);  // made when nobody had spoken against it
  std::span<const Suspect> suspects() const { return suspects_; }

  SimHolder* holder(std::uint64_t sim);
  SimHolder& hold(std::uint64_t sim, double now_s);
  // Whose SIMs they are is not known any more.
  void forget(std::uint32_t device);

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  std::vector<NetworkCiphers> networks_;
  std::vector<Suspect> suspects_;
  CellHash hash_;
  RecordIndex suspect_index_;
  std::vector<SimHolder> sims_;
  RecordIndex sim_index_;
  std::uint32_t hand_ = 0;  // how often it was asked who makes room

  std::uint32_t suspect_at(const CellKey& key) const;
  std::uint32_t sim_at(std::uint64_t sim) const;
};

}  // namespace outrider::detect
