#pragma once
// How a TLS client shakes hands, as a short description in the form of JA4 (FoxIO, "JA4: TLS client fingerprinting"):
// which versions, suites, extensions and signature algorithms it offers is its TLS stack's, so a device that suddenly
// describes itself otherwise is another program, or runs another firmware.
//
// Left out beside JA4's own exceptions (GREASE, RFC 8701): what changes from one connection of a stack to the next,
// that is pre_shared_key, early_data, cookie and padding. Whether a ticket was offered then makes no difference.
#include <optional>
#include <string>

#include "base/bytes.h"

namespace outrider::wire::tls {

struct ClientTraits {
  std::string head;        // "t13d0305h2": version, SNI or none, counts, ALPN
  std::string suites;      // "1301,1302,1303": sorted
  std::string extensions;  // "000a,000d,002b,002d,0033_0403,0804": sorted, then the signature algorithms as offered

  bool operator==(const ClientTraits&) const = default;
};

// `begun`: what the client has sent so far. Nothing when that is no whole, readable ClientHello.
std::optional<ClientTraits> read_traits(ByteView begun);

}  // namespace outrider::wire::tls
