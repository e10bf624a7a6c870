#pragma once
// The values the registry answers with.
#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/time.h"
#include "facts/facts.h"
#include "fleet/profile/profile.h"
#include "fleet/state/grants.h"
#include "fleet/ways_in/ways_in.h"

namespace outrider::fleet {

inline constexpr std::size_t page_limit_max = 1000;  // of any list
inline constexpr std::size_t page_limit_default = 100;
inline constexpr std::size_t add_devices_max = 100'000;  // in one call: a whole fleet of the size one machine serves
inline constexpr std::size_t label_bytes_max = 256;      // label, serial number, title: a line on a screen
inline constexpr std::size_t why_bytes_max = 1024;       // a sentence or three

struct Fleet {
  FleetId id;
  std::string title;
  Timestamp created;
};
BOOST_DESCRIBE_STRUCT(Fleet, (), (id, title, created))

struct Device {
  DeviceId id;
  ProfileId profile;
  facts::Lifecycle lifecycle = facts::Lifecycle::expected;
  Timestamp lifecycle_since;
  std::optional<std::string> serial_number;
  std::optional<std::string> label;
  Timestamp added;
  bool online = false;
  bool operator==(const Device&) const = default;
};
BOOST_DESCRIBE_STRUCT(Device, (), (id, profile, lifecycle, lifecycle_since, serial_number, label, added, online))

struct DeviceQuery {
  std::optional<ProfileId> profile;
  std::optional<facts::Lifecycle> lifecycle;
  std::string prefix;                      // of the device id
  std::string after;                       // the `next` of the page before; empty: from the start
  std::size_t limit = page_limit_default;  // 1 to page_limit_max; more is cut to it
};
struct DevicePage {
  std::vector<Device> devices;      // by id
  std::optional<std::string> next;  // absent on the last page
};
BOOST_DESCRIBE_STRUCT(DevicePage, (), (devices, next))

struct Identity {
  DeviceId device;  // or application (facts/holder.h); so are those below
  std::string serial;
  std::string spki_sha256;
  Timestamp issued;
  Timestamp not_before;
  Timestamp not_after;
  facts::EnrolmentRight right = facts::EnrolmentRight::code;
  facts::KeyHome key_home = facts::KeyHome::software;
  bool key_home_attested = false;
  std::optional<Timestamp> revoked;
  std::optional<std::string> revoked_why;
  std::optional<facts::RevocationCause> revoked_cause;  // absent: a decision about this identity
  std::uint64_t entry = 0;             // number of the identity.issued entry, which holds the certificate
  std::string issuer;                  // hex of the issuing CA's key identifier; empty: the fleet's first issuing CA
  std::optional<Timestamp> connected;  // when its first session began
  Bytes spki;                          // its public key (DER), for signed readings; empty: its certificate says none
  bool operator==(const Identity&) const = default;
};
BOOST_DESCRIBE_STRUCT(Identity, (),
                      (device, serial, spki_sha256, issued, not_before, not_after, right, key_home, key_home_attested,
                       revoked, revoked_why, revoked_cause, entry, issuer, connected))

struct IdentityQuery {
  std::optional<bool> revoked;  // only these
  std::string after;            // serial
  std::size_t limit = page_limit_default;
};
struct IdentityPage {
  std::vector<Identity> identities;  // by serial
  std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(IdentityPage, (), (identities, next))

// Something we believe of a device. No value: unknown since that time.
struct Belief {
  std::optional<std::string> value;
  Timestamp since;                     // when the entry that last said so was received
  std::optional<std::uint64_t> entry;  // that entry
  bool operator==(const Belief&) const = default;
};
BOOST_DESCRIBE_STRUCT(Belief, (), (value, since, entry))

// Each fact with its age. Members are stored under their names (table posture).
struct Posture {
  Belief last_seen;           // "session", "telemetry", "event" …: what we last heard
  Belief online;              // "yes", "no"
  Belief address;             // "ip:port" of the newest session
  Belief protocol;            // "mqtt/5.0"
  Belief network;             // where the newest session came from: the configured network's name
  Belief network_kind;        // facts::network_kind_words
  Belief country;             // ISO 3166-1
  Belief asn;                 // autonomous system number
  Belief firmware;            // reading `firmware`
  Belief battery;             // reading `battery`, percent
  Belief position;            // "lat,lon[,alt]" in degrees and metres (WGS 84)
  Belief certificate_expiry;  // RFC 3339; of the identity that lives longest
  Belief last_refusal;        // slug of the last access, report or enrolment refusal
  Belief trust;               // how its reports are vouched for (facts::Trust), since it is so
  bool operator==(const Posture&) const = default;
};
BOOST_DESCRIBE_STRUCT(Posture, (),
                      (last_seen, online, address, protocol, network, network_kind, country, asn, firmware, battery,
                       position, certificate_expiry, last_refusal, trust))

// What admission needs to know about a caller, in one look-up.
struct Admission {
  DeviceId device;  // or application (facts/holder.h)
  facts::Lifecycle lifecycle = facts::Lifecycle::expected;
  std::shared_ptr<const Profile> profile;    // of a device
  std::shared_ptr<const LiveGrants> grants;  // of an application
};

// A device as enrolment sees it; the same shape as identity::Standing.
struct Standing {
  facts::Lifecycle lifecycle = facts::Lifecycle::expected;
  KeyPolicy keys;
  std::chrono::seconds renew_after_expiry{0};
  std::optional<ProfileId> profile;
  bool by_approval = false;
};
// An identity already issued; the same shape as identity::KnownIdentity.
struct KnownIdentity {
  FleetId fleet;
  DeviceId device;
  std::string serial;
  std::string spki_sha256;
  Timestamp not_after;
  bool revoked = false;
  bool superseded = false;
  bool dismissed = false;
};

// An API token; its hash stays inside the registry.
struct Token {
  FleetId fleet;
  std::string name;
  Timestamp created;
  std::optional<Timestamp> expires;
  std::optional<Timestamp> revoked;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(Token, (), (fleet, name, created, expires, revoked, by))

struct Counts {
  std::uint64_t fleets = 0;
  std::uint64_t profiles = 0;
  std::uint64_t devices = 0;
  std::uint64_t online = 0;
  std::uint64_t expected = 0, enrolled = 0, active = 0, quarantined = 0, retired = 0, lost = 0, stolen = 0;
  std::uint64_t identities = 0;  // issued and not revoked
  std::uint64_t revoked = 0;
  bool operator==(const Counts&) const = default;
};
BOOST_DESCRIBE_STRUCT(Counts, (),
                      (fleets, profiles, devices, online, expected, enrolled, active, quarantined, retired, lost,
                       stolen, identities, revoked))

}  // namespace outrider::fleet
