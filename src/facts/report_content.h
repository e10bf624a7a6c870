#pragma once
// What is inside the payload of an entry telemetry or event: SenML as it is, or in a device's signature
// (docs/format/signed-reading.md). The gateway has verified it; the content type says how it is vouched for.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "wire/senml/senml.h"

namespace outrider::facts {

// How far a reading is to be believed: who could have made it up.
enum class Trust : std::uint8_t {
  unsigned_,               // anybody on the way
  mutual_tls,              // whoever holds the device's session, and whoever had the ledger's writer since
  device_signed,           // whoever holds the device's key
  device_signed_attested,  // the same, and where that key lives was proved
};
// "unsigned", "mutual-tls", "device-signed", "device-signed-attested".
std::string_view word_of(Trust trust);

inline constexpr std::string_view cose_media_type = "application/cose";

// What a signature says beside what it signs.
struct SignatureView {
  Bytes key_id;
  std::uint64_t boot_count = 0;
  std::uint64_t number = 0;
};

struct ReportContent {
  Trust trust = Trust::mutual_tls;  // the gateway lets nothing less in
  std::optional<SignatureView> signature;
  wire::senml::Pack pack;
};

// The content type of a signed report's entry. `digest` of a personal payload: SHA-256 over it. Its signature is in it,
// so nobody guesses what it said; whoever has the reading can show that it is the one, without the ledger's key.
std::string signed_content_type(Trust trust, const std::optional<Bytes>& digest);
struct SignedContentType {
  Trust trust = Trust::device_signed;
  std::optional<Bytes> digest;
};
// Nothing for any other content type.
std::optional<SignedContentType> read_signed_content_type(std::string_view content_type);

// The resolved records. malformed ("not-senml") for other content types.
Result<ReportContent> read_report(std::string_view content_type, ByteView payload, Timestamp received);

}  // namespace outrider::facts
