#pragma once
// The bytes of an entry: what is hashed into the tree, kept in bundles and carried by proofs. docs/format/ledger.md, 2.
// Pure functions; any thread.
#include <array>
#include <cstdint>

#include "crypto/aead.h"
#include "ledger/entry.h"

namespace outrider::ledger {

inline constexpr std::uint8_t entry_version = 1;
// A prefix of two bytes holds the length of an entry in a bundle (C2SP tlog-tiles).
inline constexpr std::size_t entry_bytes_max = 65'535;
inline constexpr std::size_t short_text_bytes_max = 255;  // subject id, content type: one byte of length
inline constexpr std::size_t key_id_bytes = 16;
using KeyId = std::array<std::uint8_t, key_id_bytes>;

// An entry as stored: the payload of a personal one is sealed (crypto/aead.h) with the key `key_id`, and everything
// before the payload is the associated data.
struct StoredEntry {
  std::uint16_t kind = 0;
  Privacy privacy = Privacy::open;
  Timestamp received;
  FleetId fleet;
  Subject subject;
  std::string content_type;
  KeyId key_id{};             // personal only
  crypto::AeadNonce nonce{};  // personal only
  Bytes payload;

  bool operator==(const StoredEntry&) const = default;
};

// What is before the payload.
Bytes encode_header(const StoredEntry& entry);
// The caller has checked the lengths (check_draft).
Bytes encode_entry(const StoredEntry& entry);
// Strict: encode_entry gives the same bytes again.
Result<StoredEntry> decode_entry(ByteView bytes);

// The head of an entry: everything before the payload, but for the key id and the nonce that end a personal one's.
void put_head(Bytes& out, const DraftView& draft, Timestamp received);
inline constexpr std::size_t seal_bytes = key_id_bytes + crypto::aead_nonce_bytes + crypto::aead_tag_bytes;

// Can the draft be an entry? too_large or malformed otherwise.
Result<void> check_draft(const DraftView& draft);

}  // namespace outrider::ledger
