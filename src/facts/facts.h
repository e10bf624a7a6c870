#pragma once
// The payloads of the entries we write ourselves: one described struct a kind, JSON in the ledger.
// Strings that came from outside are stored as received and escaped by whoever shows them.
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/time.h"
#include "facts/holder.h"
#include "facts/kind.h"

namespace outrider::facts {

struct FleetCreated {
  static constexpr Kind kind = Kind::fleet_created;
  FleetId fleet;
  std::string title;
};
BOOST_DESCRIBE_STRUCT(FleetCreated, (), (fleet, title))

struct ProfileAdded {  // replaces an earlier one of the same id
  static constexpr Kind kind = Kind::profile_added;
  ProfileId profile;
  std::string toml;  // the whole file
};
BOOST_DESCRIBE_STRUCT(ProfileAdded, (), (profile, toml))

struct DeviceAdded {
  static constexpr Kind kind = Kind::device_added;
  DeviceId device;
  ProfileId profile;
  std::optional<std::string> serial_number;  // the maker's, when known
  std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(DeviceAdded, (), (device, profile, serial_number, label))

// Design section 1: expected → enrolled → active ⇄ quarantined → retired; lost/stolen from anywhere.
enum class Lifecycle : std::uint8_t { expected, enrolled, active, quarantined, retired, lost, stolen };
BOOST_DESCRIBE_ENUM(Lifecycle, expected, enrolled, active, quarantined, retired, lost, stolen)

// What somebody says happened to a device, or is to happen to it.
enum class LifecycleEvent : std::uint8_t { quarantine, release, lost, stolen, found, retire };
BOOST_DESCRIBE_ENUM(LifecycleEvent, quarantine, release, lost, stolen, found, retire)

struct DeviceRetired {
  static constexpr Kind kind = Kind::device_retired;
  DeviceId device;
  std::optional<Lifecycle> from;  // absent in entries from before it was recorded
  std::string why;
  std::string by;
  std::vector<std::uint64_t> cause;  // numbers of the fleet's entries that led to it
};
BOOST_DESCRIBE_STRUCT(DeviceRetired, (), (device, from, why, by, cause))

struct DeviceStateChanged {
  static constexpr Kind kind = Kind::device_state_changed;
  DeviceId device;
  std::optional<LifecycleEvent> event;  // as `from` of DeviceRetired
  std::optional<Lifecycle> from;        // the same
  Lifecycle to = Lifecycle::expected;
  std::string why;
  std::string by;
  std::vector<std::uint64_t> cause;  // as of DeviceRetired
};
BOOST_DESCRIBE_STRUCT(DeviceStateChanged, (), (device, event, from, to, why, by, cause))

struct ApplicationAdded {
  static constexpr Kind kind = Kind::application_added;
  ApplicationId application;
  std::optional<std::string> label;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(ApplicationAdded, (), (application, label, by))

struct ApplicationGranted {  // in addition to what it has
  static constexpr Kind kind = Kind::application_granted;
  ApplicationId application;
  std::vector<std::string> publish;    // topic filters
  std::vector<std::string> subscribe;  // the same
  std::string by;
};
BOOST_DESCRIBE_STRUCT(ApplicationGranted, (), (application, publish, subscribe, by))

struct ApplicationGrantWithdrawn {
  static constexpr Kind kind = Kind::application_grant_withdrawn;
  ApplicationId application;
  std::vector<std::string> publish;  // as they were granted
  std::vector<std::string> subscribe;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(ApplicationGrantWithdrawn, (), (application, publish, subscribe, by))

struct ApplicationRemoved {  // for good
  static constexpr Kind kind = Kind::application_removed;
  ApplicationId application;
  std::string why;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(ApplicationRemoved, (), (application, why, by))

struct CodeCreated {  // replaces earlier unused codes of the device
  static constexpr Kind kind = Kind::code_created;
  Holder device;
  std::string code_hash;  // lower-case hex of SHA-256("outrider enrolment code\0" device "\0" code)
  Timestamp expires;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(CodeCreated, (), (device, code_hash, expires, by))

// Where a private key lives.
enum class KeyHome : std::uint8_t { software, tee, tpm, secure_element, sim };
BOOST_DESCRIBE_ENUM(KeyHome, software, tee, tpm, secure_element, sim)

// By what right a certificate was issued (docs/enrolment.md).
enum class EnrolmentRight : std::uint8_t {
  code,
  renewal,
  expired_renewal,
  manufacturer,
  approval,
  migration,
  foreign,  // not issued here: another CA's certificate that the fleet takes until its device has moved
};
BOOST_DESCRIBE_ENUM(EnrolmentRight, code, renewal, expired_renewal, manufacturer, approval, migration, foreign)

struct IdentityIssued {
  static constexpr Kind kind = Kind::identity_issued;
  Holder device;
  std::string serial;  // certificate serial number, lower-case hex
  Timestamp not_before;
  Timestamp not_after;
  std::string spki_sha256;  // hex of SHA-256 over the SubjectPublicKeyInfo
  EnrolmentRight right = EnrolmentRight::code;
  std::optional<std::string> code_hash;      // the code it used up
  std::optional<std::string> renews_serial;  // the identity that authorised it
  std::optional<std::string> anchor;         // manufacturer, migration: the anchor that vouched
  std::optional<std::string> presented;      // the same: serial number of the certificate that authorised it
  std::optional<std::string> request;        // approval: the request that was approved
  KeyHome key_home = KeyHome::software;
  bool key_home_attested = false;
  Bytes certificate;  // DER
};
BOOST_DESCRIBE_STRUCT(IdentityIssued, (),
                      (device, serial, not_before, not_after, spki_sha256, right, code_hash, renews_serial, anchor,
                       presented, request, key_home, key_home_attested, certificate))

// What a revocation followed from, when nobody decided about the identity itself. Its key is not burned by that.
enum class RevocationCause : std::uint8_t {
  successor,  // the server: a newer identity of the device took its place
  anchor,     // the CA that had issued it is no longer trusted
};
BOOST_DESCRIBE_ENUM(RevocationCause, successor, anchor)

struct IdentityRevoked {
  static constexpr Kind kind = Kind::identity_revoked;
  Holder device;
  std::string serial;
  std::string why;  // RFC 5280 reason name: keyCompromise, cessationOfOperation, superseded, unspecified …
  std::string by;
  std::optional<RevocationCause> cause;
};
BOOST_DESCRIBE_STRUCT(IdentityRevoked, (), (device, serial, why, by, cause))

struct EnrolmentRefused {
  static constexpr Kind kind = Kind::enrolment_refused;
  std::string device;  // as claimed; may not exist
  std::string reason;  // slug: bad-csr-signature, key-in-use, weak-key, wrong-subject, code-used, code-expired …
  std::string detail;
  std::string address;
};
BOOST_DESCRIBE_STRUCT(EnrolmentRefused, (), (device, reason, detail, address))

struct AuthorityCreated {
  static constexpr Kind kind = Kind::authority_created;
  std::string role;  // "root", "issuing"
  std::string serial;
  Timestamp not_after;
  Bytes certificate;  // DER
};
BOOST_DESCRIBE_STRUCT(AuthorityCreated, (), (role, serial, not_after, certificate))

// What a trusted certificate of somebody else vouches for.
enum class AnchorRole : std::uint8_t {
  manufacturer,  // IDevIDs (IEEE 802.1AR): they may enrol, and nothing else
  device_ca,     // another CA's device certificates: sessions and migration, while a fleet moves over
};
BOOST_DESCRIBE_ENUM(AnchorRole, manufacturer, device_ca)

struct AnchorAdded {
  static constexpr Kind kind = Kind::anchor_added;
  std::string anchor;  // its name in the fleet
  AnchorRole role = AnchorRole::manufacturer;
  Bytes certificate;                          // DER of the CA
  std::optional<ProfileId> profile;           // only devices of this profile
  std::optional<std::string> device_id_from;  // device_ca: where a certificate names its device
  std::optional<Timestamp> until;             // trusted no longer than this
  std::string by;
};
BOOST_DESCRIBE_STRUCT(AnchorAdded, (), (anchor, role, certificate, profile, device_id_from, until, by))

struct AnchorRemoved {
  static constexpr Kind kind = Kind::anchor_removed;
  std::string anchor;
  std::string why;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(AnchorRemoved, (), (anchor, why, by))

struct EnrolmentRequested {  // a device without a code asks; an operator decides
  static constexpr Kind kind = Kind::enrolment_requested;
  DeviceId device;
  std::string request;      // unique in the fleet
  std::string spki_sha256;  // the key it is for, and no other
  std::string address;
  Timestamp expires;
};
BOOST_DESCRIBE_STRUCT(EnrolmentRequested, (), (device, request, spki_sha256, address, expires))

struct EnrolmentDecided {
  static constexpr Kind kind = Kind::enrolment_decided;
  DeviceId device;
  std::string request;
  bool approved = false;
  std::string why;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(EnrolmentDecided, (), (device, request, approved, why, by))

// Nothing was done by this entry itself; somebody should look.
struct IdentitySuspected {
  static constexpr Kind kind = Kind::identity_suspected;
  std::string device;
  std::string serial;  // of the identity or of the certificate that was presented
  std::string sign;    // superseded-used, renewed-expired, manufacturer-again, shared-factor, alive-twice
  std::string detail;
  std::string address;
};
BOOST_DESCRIBE_STRUCT(IdentitySuspected, (), (device, serial, sign, detail, address))

struct SessionOpened {
  static constexpr Kind kind = Kind::session_opened;
  Holder device;
  std::string session;   // unique id of this session
  std::string protocol;  // "mqtt/3.1.1", "mqtt/5.0"
  std::string client_id;
  std::string address;  // "ip:port"
  std::string certificate_serial;
  std::string tls;                          // "TLSv1.3 TLS_AES_128_GCM_SHA256"
  std::optional<std::string> network;       // as configured; absent: it is in none that was named
  std::optional<std::string> network_kind;  // facts::network_kind_words; absent in entries from before there were any
  std::optional<std::string> country;       // ISO 3166-1, when known
  std::optional<std::uint32_t> asn;         // autonomous system number, when known
  std::optional<std::string> tls_client;    // fingerprint of its ClientHello; absent when it came back with a ticket
};
BOOST_DESCRIBE_STRUCT(SessionOpened, (),
                      (device, session, protocol, client_id, address, certificate_serial, tls, network, network_kind,
                       country, asn, tls_client))

struct SessionClosed {
  static constexpr Kind kind = Kind::session_closed;
  Holder device;
  std::string session;
  std::string reason;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};
BOOST_DESCRIBE_STRUCT(SessionClosed, (), (device, session, reason, bytes_in, bytes_out))

struct AccessRefused {
  static constexpr Kind kind = Kind::access_refused;
  std::string device;
  std::string action;  // connect, publish, subscribe
  std::string object;  // topic or filter
  std::string rule;    // slug of the rule that refused
  std::string detail;
  std::string address;
  std::uint64_t count = 1;               // refusals of this device, action and rule since the last such entry
  std::optional<std::uint64_t> objects;  // of so many different objects; absent: of one
};
BOOST_DESCRIBE_STRUCT(AccessRefused, (), (device, action, object, rule, detail, address, count, objects))

// Connections that were turned away before anybody knew whose they are; in the server's own log.
struct AdmissionRefused {
  static constexpr Kind kind = Kind::admission_refused;
  std::string rule;  // slug of the rule that refused
  std::string detail;
  std::string address;      // of the last one
  std::uint64_t count = 1;  // refusals of this rule since the last such entry
};
BOOST_DESCRIBE_STRUCT(AdmissionRefused, (), (rule, detail, address, count))

struct ReportRefused {
  static constexpr Kind kind = Kind::report_refused;
  Holder device;
  std::string topic;
  std::string content_type;
  std::string reason;  // slug
  std::string detail;
  Bytes head;  // the first bytes of what was refused (at most 256), as evidence
};
BOOST_DESCRIBE_STRUCT(ReportRefused, (), (device, topic, content_type, reason, detail, head))

struct TokenCreated {
  static constexpr Kind kind = Kind::token_created;
  std::string name;
  std::string token_hash;  // hex SHA-256
  std::optional<Timestamp> expires;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(TokenCreated, (), (name, token_hash, expires, by))

struct TokenRevoked {
  static constexpr Kind kind = Kind::token_revoked;
  std::string name;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(TokenRevoked, (), (name, by))

struct KeyShredded {
  static constexpr Kind kind = Kind::key_shredded;
  std::string subject;
  std::string why;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(KeyShredded, (), (subject, why, by))

// What an operator did to an authority or its key. A new authority also has its authority.created.
struct AuthorityChanged {
  static constexpr Kind kind = Kind::authority_changed;
  std::string action;  // replaced, requested, forgotten, key-exported, key-removed, key-imported
  std::string role;    // root, issuing
  std::string id;      // hex of the key identifier
  std::optional<FleetId> fleet;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(AuthorityChanged, (), (action, role, id, fleet, by))

// An operator started the server although the ledger had been put back to an older state. What the ledger held between
// is lost: revocations too.
struct RollbackAccepted {
  static constexpr Kind kind = Kind::rollback_accepted;
  FleetId fleet;
  std::uint64_t seen_size = 0;  // entries of the newest checkpoint that was ever published, as noted outside
  std::string seen_root;        // its root hash, base64
  std::uint64_t size = 0;       // entries there are now
  Timestamp seen_at;
};
BOOST_DESCRIBE_STRUCT(RollbackAccepted, (), (fleet, seen_size, seen_root, size, seen_at))

// A certificate has come near its end: one entry for each stage it reaches (server/expiry/stages.h).
struct CertificateEnding {
  static constexpr Kind kind = Kind::certificate_ending;
  std::string role;  // "device", or one of ours: "root", "issuing", "server" …
  std::string name;  // the device's id, or the role again
  std::string serial;
  Timestamp not_after;
  std::uint64_t within_s = 0;  // the stage: it ends within so many seconds; 0: it has ended
};
BOOST_DESCRIBE_STRUCT(CertificateEnding, (), (role, name, serial, not_after, within_s))

}  // namespace outrider::facts
