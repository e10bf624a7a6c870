#pragma once
// Client certificates that were found good a short while ago, by their hash: the chain is not built and checked again
// for a device that comes back. That the device has the certificate's key is still proved in every handshake.
// Thread-safe; shared by all loops of a listener.
#include <chrono>
#include <mutex>
#include <unordered_map>

#include "base/time.h"
#include "crypto/hash.h"

namespace outrider::net::tls {

class VerifiedCertificates {
 public:
  // Devices that flap come back within minutes, and a trust anchor that is taken away clears everything anyhow.
  static constexpr std::chrono::minutes life{10};
  static constexpr std::size_t count_max = 100'000;  // 64 bytes each

  explicit VerifiedCertificates(const Clock& clock = system_clock()) : clock_(clock) {}

  bool contains(const crypto::Digest& certificate) const;
  // Remembered for `life`, but not past the certificate's end.
  void add(const crypto::Digest& certificate, Timestamp not_after);
  void clear();

 private:
  struct Hash {
    std::size_t operator()(const crypto::Digest& digest) const noexcept;
  };
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<crypto::Digest, Timestamp, Hash> until_;
};

}  // namespace outrider::net::tls
