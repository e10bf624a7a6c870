#include "api/handlers/issuer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "crypto/x509/certificate.h"

namespace outrider::api {
namespace {

constexpr std::size_t issuer_digits_max = 64;  // RFC 7093: a key identifier is at most a whole hash

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<std::string> issuer_meant(const House& house, const FleetId& fleet, const std::string& text) {
  if (text.size() < issuer_digits_min || text.size() > issuer_digits_max || !is_hex(text))
    return fail(Errc::malformed, "bad-parameter",
                fmt::format("issuer: expected a key identifier, or its first {} hex digits or more, in lower case",
                            issuer_digits_min));
  std::set<std::string> meant;
  const auto look = [&](const std::string& id) {
    if (id.starts_with(text)) meant.insert(id);
  };
  TRY(const auto issuers, house.authority.issuers(fleet));
  for (const auto& issuer : issuers) look(hex(issuer.subject_key_id));
  for (const auto& [of, anchor] : house.registry.device_authorities()) {
    const auto certificate = crypto::parse_certificate(anchor.certificate);
    if (of == fleet && certificate) look(hex(certificate->subject_key_id));
  }
  if (meant.size() == 1) return *meant.begin();
  if (meant.empty())
    return fail(Errc::not_found, "unknown-issuer",
                fmt::format("fleet '{}' has no CA whose key identifier begins with {}; see 'outrider ca status'",
                            fleet.value, text));
  return fail(Errc::malformed, "ambiguous-issuer",
              fmt::format("the key identifiers of {} CAs begin with {}; give more of it", meant.size(), text));
}

}  // namespace outrider::api
