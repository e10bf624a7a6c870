#pragma once
// Are signed readings what their device signed, and not the same once more?
//
// Verifying costs a hundred times what reading does, so everything that is cheap comes first: the topic's rate and
// size, the form of the message, whose key it names.
#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/metrics.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/signed/plain_signature.h"
#include "facts/report_content.h"
#include "fleet/signed/signer.h"
#include "wire/cose/signed_reading.h"

namespace outrider::gateway::mqtt {

// How far the numbers of each key have come. One a server; thread-safe. It holds as many marks as keys have signed.
class NumberBook {
 public:
  // `marks`: as the ledger has them, before anything is published.
  explicit NumberBook(std::vector<fleet::KeyMark> marks = {});

  // Takes the number. A message that is sent once more is fine (MQTT 5, 4.3.2: at least once); an older number with
  // other bytes is refused: forbidden, "signed-number-old".
  Result<void> take(const FleetId& fleet, const DeviceId& device, const wire::cose::SignedReading& reading,
                    const crypto::Digest& message);

 private:
  // Keys are spread over several locks, so that loops seldom meet.
  struct Shelf {
    std::mutex mutex;
    std::unordered_map<std::string, fleet::Mark> marks;  // "fleet/device/key id"
  };
  Shelf& shelf_of(const std::string& key);
  static std::string key_of(const FleetId& fleet, const DeviceId& device, const std::string& key_id);

  std::array<Shelf, 32> shelves_;
};

// What all sessions share. Everything in it outlives them.
struct SigningRooms {
  // fleet::Registry::signer.
  std::function<Result<fleet::Signer>(const FleetId&, const DeviceId&, ByteView key_id)> signer;
  std::unique_ptr<NumberBook> numbers;
  Counter verified;
};

// Of one device's session; used by its loop alone. Remembers the decoded key, not that it is still good: who may sign
// is asked for each message, so that a revocation counts at once.
class Signatures {
 public:
  Signatures(const SigningRooms& rooms, FleetId fleet, DeviceId device)
      : rooms_(rooms), fleet_(std::move(fleet)), device_(std::move(device)) {}

  // Whose word is it? Reasons: those of Registry::signer, "alg-key-mismatch", "bad-signature".
  Result<facts::Trust> verify(const wire::cose::SignedReading& reading);
  // Last: what is refused for another reason has not used up its number.
  Result<void> take_number(const wire::cose::SignedReading& reading, const crypto::Digest& message) {
    return rooms_.numbers->take(fleet_, device_, reading, message);
  }

 private:
  Result<const crypto::VerifyingKey*> key_of(const fleet::Signer& signer);

  const SigningRooms& rooms_;
  FleetId fleet_;
  DeviceId device_;
  std::string spki_sha256_;  // of key_
  std::optional<crypto::VerifyingKey> key_;
};

}  // namespace outrider::gateway::mqtt
