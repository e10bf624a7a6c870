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

namespace outrider::identity {

// What a profile demands of keys and certificates.
struct KeyPolicy {
  bool p256 = true;
  bool p384 = true;
  bool ed25519 = true;
  unsigned rsa_bits_min = 0;  // 0: RSA is refused
  std::chrono::seconds certificate_life = std::chrono::hours{24 * 90};
};

// A device as enrolment sees it.
struct Standing {
  facts::Lifecycle lifecycle = facts::Lifecycle::expected;
  KeyPolicy keys;
};

// An identity already issued.
struct KnownIdentity {
  DeviceId device;
  std::string serial;
  std::string spki_sha256;
  Timestamp not_after;
  bool revoked = false;
};

class Roster {
 public:
  using Done = std::move_only_function<void(Result<void>)>;
  virtual ~Roster() = default;

  // not_found ("unknown-device") when there is no such device.
  virtual Result<Standing> standing(const FleetId& fleet, const DeviceId& device) const = 0;
  // Is this code (hash as in facts::CodeCreated) good for the device now? Reasons: code-unknown, code-used,
  // code-expired.
  virtual Result<void> check_code(const FleetId& fleet, const DeviceId& device, const std::string& code_hash,
                                  Timestamp now) const = 0;
  // Whoever holds this public key: any identity of the fleet ever issued, revoked ones too.
  virtual std::optional<KnownIdentity> holder_of_key(const FleetId& fleet, const std::string& spki_sha256) const = 0;
  virtual std::optional<KnownIdentity> by_serial(const FleetId& fleet, const std::string& serial) const = 0;

  // Checks everything once more in one step (code unused, key free, device not retired), appends, applies. `done` runs
  // once the entry is durable, on a thread of the ledger; only then may the certificate leave.
  virtual void record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) = 0;
  virtual void record_refusal(const FleetId& fleet, facts::EnrolmentRefused fact) = 0;
};

}  // namespace outrider::identity
