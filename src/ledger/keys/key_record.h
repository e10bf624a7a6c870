#pragma once
// The records of a keyring file; a batch (wal/frame.h) is a sequence of them. docs/format/ledger.md, 6.
// Pure functions; any thread.
#include <cstdint>
#include <variant>

#include "ledger/entry_codec.h"

namespace outrider::ledger {

inline constexpr std::uint16_t keyring_version = 1;
// In the checksums of the file's blocks, where a segment of the write-ahead log has its number.
inline constexpr std::uint64_t keyring_file_id = 0xFFFF'FFFF'0000'0001;

// First record of the file.
struct KeyringStart {
  FleetId fleet;
  bool operator==(const KeyringStart&) const = default;
};
struct WrappedKey {
  KeyId id{};
  Subject subject;
  std::uint32_t period = 0;
  crypto::AeadNonce nonce{};
  Bytes wrapped;  // the data key sealed with the master key; 48 bytes
  bool operator==(const WrappedKey&) const = default;
};
struct DestroyedKey {
  KeyId id{};
  bool operator==(const DestroyedKey&) const = default;
};
using KeyRecord = std::variant<KeyringStart, WrappedKey, DestroyedKey>;

inline constexpr std::size_t wrapped_key_bytes = crypto::aead_key_bytes + crypto::aead_tag_bytes;

void put_key_record(ByteWriter& out, const KeyRecord& record);
Result<KeyRecord> take_key_record(ByteReader& in);
// What the wrapping of a key authenticates besides it: fleet, key id, subject and period.
Bytes wrapping_context(const FleetId& fleet, const WrappedKey& key);

}  // namespace outrider::ledger
