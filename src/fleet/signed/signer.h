#pragma once
// Who signs readings, and how far the numbers of each key have come (docs/format/signed-reading.md).
//
// A key numbers what it signs: a boot count, and a number that grows within a boot. A number that was there already is
// the same bytes once more (MQTT delivers at least once), or a replay.
#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "crypto/hash.h"

namespace outrider::fleet {

struct Signer {
  std::string serial;       // of the identity whose key it is
  std::string spki_sha256;  // names the key
  Bytes spki;               // DER SubjectPublicKeyInfo
  bool attested = false;    // where the key lives was proved when the identity was issued
};

// Of one key. A plain value; the same entries in the same order give the same mark.
class Mark {
 public:
  // More than a client has under way at once, so that whatever it sends again is known again.
  static constexpr std::size_t remembered_max = 32;

  enum class Verdict : std::uint8_t {
    fresh,
    repeated,  // the same bytes as one of the last
    old,       // its number was passed, and it is not one of the last
  };
  Verdict judge(std::uint64_t boot_count, std::uint64_t number, const crypto::Digest& message) const;
  // After it was judged fresh.
  void take(std::uint64_t boot_count, std::uint64_t number, const crypto::Digest& message);

  std::uint64_t boot_count() const { return boot_count_; }
  std::uint64_t number() const { return number_; }
  // For the tables: the remembered ones as hex, oldest first.
  std::string remembered() const;
  static Result<Mark> restore(std::uint64_t boot_count, std::uint64_t number, std::string_view remembered);

  bool operator==(const Mark&) const = default;

 private:
  // The first 8 bytes of a message's digest. Only messages whose signature is good are compared, so whoever could look
  // for two that agree holds the key and needs no such trick.
  using Fingerprint = std::uint64_t;
  static Fingerprint fingerprint_of(const crypto::Digest& message);
  void remember(Fingerprint message);

  std::uint64_t boot_count_ = 0;
  std::uint64_t number_ = 0;
  bool begun_ = false;
  std::uint8_t next_ = 0;   // place of the next one
  std::uint8_t count_ = 0;  // of remembered ones
  std::array<Fingerprint, remembered_max> last_{};
};

struct KeyMark {
  FleetId fleet;
  DeviceId device;
  std::string key_id;  // hex, as the device names its key
  Mark mark;
};

}  // namespace outrider::fleet
