#pragma once
// Client certificates that were found good a short while ago, by their hash: the chain is not built and checked again
// for a device that comes back. That the device has the certificate's key is still proved in every handshake.
// Of one set of trust anchors: with other anchors begins another memory. Thread-safe; shared by all loops of a
// listener.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/time.h"
#include "crypto/hash.h"

namespace outrider::net::tls {

class VerifiedCertificates {
 public:
  // Devices that flap come back within minutes.
  static constexpr std::chrono::minutes life{10};
  static constexpr std::size_t count_max = 100'000;  // 72 bytes each
  // A serial number is an issuer's own, so several certificates may have the same; more than these are an issuer's
  // fault.
  static constexpr std::size_t same_serial_max = 8;

  explicit VerifiedCertificates(const Clock& clock = system_clock()) : clock_(clock) {}

  // `serial`: the number's bytes, without leading zeros.
  bool contains(ByteView serial, const crypto::Digest& certificate) const;
  // Remembered for `life`, but not past the certificate's end.
  void add(ByteView serial, const crypto::Digest& certificate, Timestamp not_after);
  // The certificates with that serial, whoever issued them.
  void forget(ByteView serial);
  std::size_t size() const;

 private:
  struct Entry {
    crypto::Digest certificate;
    Timestamp until;
  };
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_multimap<std::uint64_t, Entry> by_serial_;  // by its hash: a collision forgets one too many
};

}  // namespace outrider::net::tls
