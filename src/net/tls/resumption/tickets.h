#pragma once
// What a device needs to come back without its certificate (RFC 8446, 2.2 and 4.6.1), kept here and not in the ticket:
// on the air a ticket is 32 random bytes, and revocation deletes what they stand for.
//
// A ticket is good for one handshake, which brings the next; it keeps the time of the handshake that showed the
// certificate, and `session_age_max` after that the certificate has to be shown again. Kept in memory only: after a
// restart everyone shakes hands in full. Thread-safe; shared by all loops of a listener.
#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "base/time.h"
#include "net/tls/record/suite.h"

namespace outrider::net::tls {

struct TicketLimits {
  std::size_t count_max = 250'000;                                    // the oldest make room; about 250 bytes each
  std::chrono::seconds life = std::chrono::hours{24};                 // of one ticket; at most a week (4.6.1)
  std::chrono::seconds session_age_max = std::chrono::hours{24 * 7};  // since the certificate was shown
};

struct Ticket {
  Suite suite = Suite::aes_128_gcm_sha256;
  Secret psk;
  Timestamp began;    // when the certificate was shown
  Timestamp expires;  // never later than the certificate
  Bytes tag;          // the user's
};

class TicketStore {
 public:
  static constexpr std::size_t id_bytes = 32;  // OpenSSL looks up no other length
  using Id = std::array<std::uint8_t, id_bytes>;
  static constexpr std::size_t tag_bytes_max = 512;

  explicit TicketStore(const TicketLimits& limits, const Clock& clock = system_clock());
  ~TicketStore();
  TicketStore(const TicketStore&) = delete;
  TicketStore& operator=(const TicketStore&) = delete;

  const TicketLimits& limits() const { return limits_; }
  // How long a ticket of a session that began then may live; nothing when it may not.
  std::chrono::seconds life_of(Timestamp began) const;
  // Of one owner about `of_owner_max` are kept, the newest: nobody takes the place of everybody else's.
  static constexpr std::size_t of_owner_max = 64;
  // `owner` and `serial` (of its certificate) are what forget() names. A tag that is too long, or a ticket that has
  // expired, is not kept.
  void put(const Id& id, std::string_view owner, std::string_view serial, Ticket ticket);
  // Unless it has expired. It stays until remove(): only its owner can finish a handshake with it.
  std::optional<Ticket> find(ByteView id) const;
  bool holds(ByteView id) const;
  // The tag of a ticket that forget() has taken back, of the newest `taken_back_max` or so: who shows one has it from
  // before.
  static constexpr std::size_t taken_back_max = 4'096;
  std::optional<Bytes> taken_back(ByteView id) const;
  void remove(ByteView id);
  // Every ticket of that owner; with a serial, of that certificate of its.
  void forget(std::string_view owner, std::string_view serial = {});

  std::size_t size() const;
  // When the session began whose key is the oldest.
  std::optional<Timestamp> oldest() const;

 private:
  struct Shard;
  Shard& shard_of(ByteView id) const;

  const TicketLimits limits_;
  const Clock& clock_;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace outrider::net::tls
