#pragma once
// Who may come into a fleet without an enrolment code: the anchors it trusts, and the requests that wait for an
// operator. The values the registry answers with, and what it keeps of them in memory.
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "facts/anchor_list.h"
#include "facts/facts.h"

namespace outrider::fleet {

inline constexpr std::size_t anchors_max = 64;  // of a fleet; each may have to be tried for a certificate
// Requests that wait: what an operator can look through, and what one address or device may take of that.
inline constexpr std::size_t requests_per_fleet_max = 1000;
inline constexpr std::size_t requests_per_address_max = 100;  // many devices share a carrier's address
inline constexpr std::size_t requests_per_device_max = 3;
// Identities of one device that are good at one time: the one it uses, and renewals whose answer got lost.
inline constexpr std::size_t living_identities_max = 4;

struct Anchor {
  std::string anchor;
  facts::AnchorRole role = facts::AnchorRole::manufacturer;
  Bytes certificate;  // DER
  std::optional<ProfileId> profile;
  std::optional<std::string> device_id_from;
  std::optional<Timestamp> until;
  Timestamp added;
  std::string by;
  std::string authority;  // which CA this is: see lists.h
  std::string key_id;     // of its key, in hex, as Identity::issuer; empty when the certificate does not say
  bool operator==(const Anchor&) const = default;
};
BOOST_DESCRIBE_STRUCT(Anchor, (), (anchor, role, certificate, profile, device_id_from, until, added, by))

enum class RequestState : std::uint8_t { pending, approved, rejected, used };
BOOST_DESCRIBE_ENUM(RequestState, pending, approved, rejected, used)

struct EnrolmentRequest {
  std::string request;
  DeviceId device;
  std::string spki_sha256;
  std::string address;
  Timestamp requested;
  Timestamp expires;
  RequestState state = RequestState::pending;
  std::optional<Timestamp> decided;
  std::optional<std::string> why;
  std::optional<std::string> by;
  bool operator==(const EnrolmentRequest&) const = default;
};
BOOST_DESCRIBE_STRUCT(EnrolmentRequest, (),
                      (request, device, spki_sha256, address, requested, expires, state, decided, why, by))

// How far an anchor's devices have come.
struct AnchorProgress {
  std::uint64_t expected = 0;  // devices that could come in by it
  std::uint64_t came = 0;      // of these, those that have an identity of ours
  bool operator==(const AnchorProgress&) const = default;
};
BOOST_DESCRIBE_STRUCT(AnchorProgress, (), (expected, came))

// Of a CA: how many certificates one list may name, and how many may have been named ever; and of how many CAs lists
// are kept, those included whose anchors are gone.
inline constexpr std::size_t revoked_on_list_max = 100'000;
inline constexpr std::size_t revoked_ever_max = 2 * revoked_on_list_max;
inline constexpr std::size_t lists_max = 2 * anchors_max;

// One certificate on a list of another CA.
struct ForeignRevoked {
  std::string serial;  // the CA's, in hex
  std::string ours;    // what the identity that it is would be called here
};

// What another CA has revoked. A number stays here also when a later list has it no more: then the certificate has
// expired, or was only held back for a while, which we do not undo.
struct ForeignList {
  std::string number;  // of the last list; empty: none has been taken wholly
  Timestamp next_update;
  facts::WhenStale when_stale = facts::WhenStale::refuse;
  std::unordered_set<std::string> serials;
};

// The same for whoever looks at it.
struct ListStanding {
  std::string number;
  Timestamp next_update;
  facts::WhenStale when_stale = facts::WhenStale::refuse;
  bool stale = false;
  std::uint64_t revoked = 0;  // ever
};
BOOST_DESCRIBE_STRUCT(ListStanding, (), (number, next_update, when_stale, stale, revoked))

struct WaysIn {
  std::map<std::string, Anchor> anchors;             // by name
  std::map<std::string, ForeignList> lists;          // by Anchor::authority
  std::map<std::string, EnrolmentRequest> requests;  // by name; those expired go when the next one comes
  std::unordered_map<std::string, std::vector<DeviceId>> serial_numbers;  // the makers', of all devices
};

}  // namespace outrider::fleet
