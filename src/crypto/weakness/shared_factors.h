#pragma once
// RSA keys that share a prime: each breaks the other, by one division. Bad generators make them (Heninger et al.,
// "Mining Your Ps and Qs", USENIX Security 2012), and only who sees many keys can notice.
//
// Each new modulus is compared with all before it at once: it is divided into products of many of them, the remainders
// are multiplied, and one greatest common divisor tells whether there is anything to look for. About 3 ms for each
// 1,000 keys of 3072 bits.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keys/key.h"

namespace outrider::crypto {

// Big-endian, without leading zeros; nothing when it is no RSA key.
std::optional<Bytes> rsa_modulus(const PublicKey& key);

// Threads: one at a time.
class SharedFactors {
 public:
  static constexpr std::size_t keys_max = 200'000;  // 768 bytes each of 3072 bits

  SharedFactors();
  ~SharedFactors();
  SharedFactors(const SharedFactors&) = delete;
  SharedFactors& operator=(const SharedFactors&) = delete;

  // Names of the keys before that share a prime with this one; `name` is what it will be called later. A modulus that
  // was added before is the same key, not another one, and is passed over, as is one that does not fit any more.
  std::vector<std::string> add(const Bytes& modulus, std::string name);
  std::size_t size() const { return names_.size(); }

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
  std::vector<std::string> names_;
};

}  // namespace outrider::crypto
