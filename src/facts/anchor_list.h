#pragma once
// Revocation lists of the CAs behind a fleet's anchors.
#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "facts/kind.h"

namespace outrider::facts {

// Certificates that an anchor's own CA has revoked; what is new on a list, some at a time.
struct AnchorRevoked {
  static constexpr Kind kind = Kind::anchor_revoked;
  std::string anchor;
  std::string authority;             // which CA that is, whatever anchors name it: see fleet/ways_in/lists.h
  std::vector<std::string> serials;  // the CA's, in hex
};
BOOST_DESCRIBE_STRUCT(AnchorRevoked, (), (anchor, authority, serials))

// What becomes of certificates that are on no list once the last list has run out.
enum class WhenStale : std::uint8_t {
  refuse,  // nobody knows whether they have been revoked since (RFC 5280, 6.3.3: undetermined)
  accept,  // as before
};
BOOST_DESCRIBE_ENUM(WhenStale, refuse, accept)

// A whole list of the CA was taken; what was new on it stands in the entries before.
struct AnchorList {
  static constexpr Kind kind = Kind::anchor_list;
  std::string anchor;
  std::string authority;
  std::string number;  // RFC 5280, 5.2.3: up to 20 octets; lower-case hex without leading zeros
  Timestamp this_update;
  Timestamp next_update;
  std::uint64_t revoked = 0;  // certificates on it
  std::string sha256;         // of the list in DER
  WhenStale when_stale = WhenStale::refuse;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(AnchorList, (),
                      (anchor, authority, number, this_update, next_update, revoked, sha256, when_stale, by))

}  // namespace outrider::facts
