#pragma once
// Who may come into a fleet without an enrolment code: the anchors it trusts, and the requests that wait for an
// operator. The values the registry answers with, and what it keeps of them in memory.
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
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

struct WaysIn {
  std::map<std::string, Anchor> anchors;             // by name
  std::map<std::string, EnrolmentRequest> requests;  // by name; those expired go when the next one comes
  std::unordered_map<std::string, std::vector<DeviceId>> serial_numbers;  // the makers', of all devices
};

}  // namespace outrider::fleet
