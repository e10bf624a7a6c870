#pragma once
// C2SP signed notes with Ed25519 keys, and the checkpoints that are notes. Pure functions; any thread.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "ledger/tree/merkle.h"

namespace outrider::ledger {

inline constexpr std::size_t note_bytes_max = 64 * 1024;
inline constexpr std::size_t note_signatures_max = 64;  // C2SP signed-note asks for at least 16

// "<name>+<key id, hex>+<base64 of 0x01 || public key>": what people who check notes are given.
struct VerifierKey {
  std::string name;
  std::uint32_t id = 0;
  crypto::Ed25519Public key{};

  static VerifierKey of(std::string name, const crypto::Ed25519Public& key);
  static Result<VerifierKey> parse(std::string_view text);  // strict; the id must be that of name and key
  std::string text() const;
  bool operator==(const VerifierKey&) const = default;
};

// A key that signs notes under a name. Its text form is that of Go's x/mod/sumdb/note:
// "PRIVATE+KEY+<name>+<key id, hex>+<base64 of 0x01 || seed>".
class NoteSigner {
 public:
  static NoteSigner generate(std::string name);
  static Result<NoteSigner> parse(std::string_view text);
  Secret text() const;
  const VerifierKey& verifier() const { return verifier_; }
  // `text` ends in a newline and has no control characters.
  std::string sign(std::string_view text) const;

 private:
  NoteSigner(crypto::Ed25519Key key, VerifierKey verifier) : key_(std::move(key)), verifier_(std::move(verifier)) {}
  crypto::Ed25519Key key_;
  VerifierKey verifier_;
};

// The text of the note if it carries a good signature by the key: malformed when it is not a note, unauthenticated when
// no signature is by the key or the key's signature is wrong. Other keys' signatures are passed over.
Result<std::string> open_note(std::string_view note, const VerifierKey& key);

// C2SP tlog-checkpoint.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};

  std::string text() const;
  // Strict: exactly three lines, no extension.
  static Result<Checkpoint> parse(std::string_view text);
  bool operator==(const Checkpoint&) const = default;
};

// A checkpoint signed by the key whose name is the origin.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key);

// Only the canonical encoding: no white space, no spare bits set.
Result<Bytes> strict_base64(std::string_view text);
// Decimal without leading zeroes.
Result<std::uint64_t> strict_decimal(std::string_view text);

}  // namespace outrider::ledger
