#pragma once
// PEM, the textual encoding of RFC 7468: strict about structure, lax about white space and what stands between blocks.
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace outrider::crypto {

inline constexpr std::size_t pem_text_bytes_max = 256 * 1024;  // a chain of a few dozen certificates
inline constexpr std::size_t pem_blocks_max = 64;

struct PemBlock {
  std::string label;  // "CERTIFICATE", "CERTIFICATE REQUEST" …
  Bytes content;
  bool operator==(const PemBlock&) const = default;
};

// Lines of 64 characters, ending in a newline.
std::string to_pem(std::string_view label, ByteView content);

// All blocks in order; text between them is skipped (RFC 7468, 2). No block at all is malformed ("bad-pem"); so is a
// block without end or with headers (RFC 1421 encryption, which nobody should use).
Result<std::vector<PemBlock>> from_pem(std::string_view text);

// The same for a text that holds exactly one block, a secret one.
struct SecretPem {
  std::string label;
  Secret content;
};
Result<SecretPem> secret_from_pem(std::string_view text);

}  // namespace outrider::crypto
