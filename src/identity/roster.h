#pragma once
// What enrolment needs to know about devices and to record of its decisions. The fleet registry provides it, wired
// together in src/server: rooms on one floor do not include each other.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "facts/facts.h"
#include "identity/enrolment/origin.h"

namespace outrider::identity {

// What a profile demands of keys and certificates.
struct KeyPolicy {
  bool p256 = true;
  bool p384 = true;
  bool ed25519 = true;
  unsigned rsa_bits_min = 0;  // 0: RSA is refused
  std::chrono::seconds certificate_life = std::chrono::hours{24 * 90};
  facts::KeyHome home_min = facts::KeyHome::software;
  bool home_attested = false;  // where a key lives must be proved, not claimed
};

// A device as enrolment sees it.
struct Standing {
  facts::Lifecycle lifecycle = facts::Lifecycle::expected;
  KeyPolicy keys;
  std::chrono::seconds renew_after_expiry{0};  // 0: an expired certificate renews nothing
  std::optional<ProfileId> profile;            // of a device
  bool by_approval = false;                    // may ask an operator instead of bringing a code
};

// An identity already issued.
struct KnownIdentity {
  FleetId fleet;
  DeviceId device;
  std::string serial;
  std::string spki_sha256;
  Timestamp not_after;
  bool revoked = false;
  bool superseded = false;  // revoked because a newer one of the device has connected
  bool dismissed = false;   // another CA's, revoked because that CA was no longer trusted
};

// A certificate of somebody else whose word counts in a fleet.
struct Anchor {
  std::string name;
  facts::AnchorRole role = facts::AnchorRole::manufacturer;
  Bytes certificate;                 // DER of the CA
  std::optional<ProfileId> profile;  // only devices of this profile
  std::optional<std::string> device_id_from;
  std::optional<Timestamp> until;
};

// Where a request for approval stands.
enum class Approval : std::uint8_t { pending, approved, rejected };
struct ApprovalStanding {
  Approval state = Approval::pending;
  std::string request;
};

class Roster {
 public:
  using Done = std::move_only_function<void(Result<void>)>;
  virtual ~Roster() = default;

  // not_found ("unknown-device") when there is no such device.
  virtual Result<Standing> standing(const FleetId& fleet, const DeviceId& device) const = 0;
  // May the device come from there? Reason: network-not-allowed. Applications may from anywhere.
  virtual Result<void> check_network(const FleetId& fleet, const DeviceId& device, const Network& network) const = 0;
  // Is this code (hash as in facts::CodeCreated) good for the device now? Reasons: code-unknown, code-used,
  // code-expired.
  virtual Result<void> check_code(const FleetId& fleet, const DeviceId& device, const std::string& code_hash,
                                  Timestamp now) const = 0;
  // Whoever holds this public key: any identity of any fleet ever issued, revoked ones and applications' too. When
  // several do, one of another holder than `asking` first.
  virtual std::optional<KnownIdentity> holder_of_key(const FleetId& fleet, const DeviceId& asking,
                                                     const std::string& spki_sha256) const = 0;
  virtual std::optional<KnownIdentity> by_serial(const FleetId& fleet, const std::string& serial) const = 0;

  virtual std::vector<Anchor> anchors(const FleetId& fleet) const = 0;
  // May a certificate with this number that the anchor's CA has issued still be believed? Reasons: revoked-by-its-ca,
  // list-stale.
  virtual Result<void> check_list(const FleetId& fleet, const std::string& anchor, const std::string& serial) const = 0;
  // Of all fleets, those with the role device_ca.
  virtual std::vector<std::pair<FleetId, Anchor>> device_authorities() const = 0;
  // The device with the maker's serial number, of this profile if one is named. Reasons: serial-not-expected,
  // serial-ambiguous (several).
  virtual Result<DeviceId> by_serial_number(const FleetId& fleet, const std::string& serial_number,
                                            const std::optional<ProfileId>& profile) const = 0;

  // Where the request of this device and key stands; records it first when it is new. `fact.request` and `fact.expires`
  // are used only then. Calls `asked` once what it says is durable. Reasons: too-many-requests.
  using Asked = std::move_only_function<void(Result<ApprovalStanding>)>;
  virtual void ask_approval(const FleetId& fleet, facts::EnrolmentRequested fact, Asked asked) = 0;

  // Checks everything once more in one step (right still good, key free, device not retired), appends, applies. `done`
  // runs once the entry is durable, on a thread of the ledger; only then may the certificate leave.
  virtual void record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) = 0;
  virtual void record_refusal(const FleetId& fleet, facts::EnrolmentRefused fact) = 0;
  virtual void record_suspicion(const FleetId& fleet, facts::IdentitySuspected fact) = 0;
};

}  // namespace outrider::identity
