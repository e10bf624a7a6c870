#pragma once
// The decision who gets a certificate. Every refusal has a slug and a sentence, and is counted, logged and recorded;
// every certificate is in the ledger before it leaves.
//
// Refusals (Error::reason):
//   malformed-csr        not a certification request
//   bad-csr-signature    the request is not signed by the key it is for
//   key-type-not-allowed the profile does not allow such keys
//   weak-key             anybody could find the private half
//   wrong-subject        the request names somebody else
//   key-in-use           another device of any fleet (or this server) holds or once held the key
//   key-revoked          the device's own, revoked before
//   key-known            its private half is published, or it is on the operator's list (keys/block_list.h)
//   bad-key-home, key-home-too-low, key-home-not-attested   where the key lives is not what the profile asks for
//   code-unknown         wrong code or wrong device: which of them is not told
//   code-used, code-expired
//   unknown-device       its certificate is good, but there is no such device (any more)
//   device-retired, device-lost, device-stolen
//   device-quarantined   may renew, may not enrol anew
//   identity-revoked, certificate-expired, unknown-identity, not-a-device, wrong-fleet   of the certificate that renews
//   identity-superseded  the certificate that renews was replaced by one that has connected
//   identity-not-newest  an expired certificate renews only as long as it is the device's newest
//   certificate-untrusted   neither ours nor of a CA that the fleet trusts
//   unknown-manufacturer, anchor-expired, idevid-expired, not-an-idevid   of a maker's certificate
//   (ways/manufacturer.h) serial-not-expected, serial-ambiguous, serial-enrolled   of the serial number in it
//   unknown-anchor, wrong-profile   the anchor was removed meanwhile; or it is for devices of another profile
//   no-code              neither code nor certificate, and the device's profile has no approval by an operator
//   approval-pending     no refusal: an operator is asked; the same request with the same key will be answered later
//   approval-rejected, too-many-requests, unknown-request, not-approved
//   network-not-allowed  the device's profile does not let it come from that kind of network
//   too-many-attempts    after wrong codes: wait (back_off)
//
// Life cycle: `authority` and `roster` must outlive it, and it must outlive every call under way.
// Threads: every member may be called from any thread. A call takes about a millisecond of CPU.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/x509/certificate.h"
#include "identity/authority.h"
#include "identity/enrolment/device_name.h"
#include "identity/enrolment/origin.h"
#include "identity/keys/block_list.h"
#include "identity/roster.h"

namespace outrider::identity {

struct EnrolmentOptions {
  const Clock* clock = nullptr;          // nullptr: the system's
  Metrics* metrics = nullptr;            // nullptr: nothing is counted
  const BlockedKeys* blocked = nullptr;  // nullptr: the list compiled in alone
};

// How long a request waits for an operator; a device that is still there then asks again.
inline constexpr std::chrono::hours approval_life{24 * 7};
// When a device that waits for an operator should ask again.
inline constexpr std::chrono::seconds approval_retry{60};

// May a device of this lifecycle have a certificate by that right? Reasons: device-retired, device-lost, device-stolen,
// device-quarantined.
Result<void> check_lifecycle(facts::Lifecycle lifecycle, facts::EnrolmentRight right);

class Enrolment {
 public:
  Enrolment(const Authority& authority, Roster& roster, EnrolmentOptions options = {});
  ~Enrolment();
  Enrolment(const Enrolment&) = delete;
  Enrolment& operator=(const Enrolment&) = delete;

  // Called exactly once: before the call returns when refused, otherwise on a thread of the ledger once the issue is
  // durable. Must be quick.
  using Issued = std::move_only_function<void(Result<crypto::Certificate>)>;

  // By enrolment code. `device` and `code` as the caller gave them.
  void enrol(const FleetId& fleet, std::string_view device, std::string_view code, ByteView csr, const Origin& from,
             Issued done);
  // By the device's present certificate, whose chain and key TLS has verified (DER).
  void renew(const FleetId& fleet, ByteView certificate, ByteView csr, const Origin& from, Issued done);

  // By a client certificate that TLS has not verified under our own authority (leaf first, DER; possession of its key
  // is proved): renewal with an expired one where the profile allows it, or migration from a device CA the fleet
  // trusts.
  void renew_lapsed(const FleetId& fleet, const std::vector<Bytes>& chain, ByteView csr, const Origin& from,
                    Issued done);
  // By the maker's certificate (IDevID), likewise presented in TLS.
  void enrol_made(const FleetId& fleet, const std::vector<Bytes>& chain, ByteView csr, const Origin& from, Issued done);
  // With nothing but a request that names the device: an operator decides.
  void ask(const FleetId& fleet, ByteView csr, const Origin& from, Issued done);

  // Who the holder of a client certificate is that TLS has verified: of one of ours as identify() says; one of another
  // CA that a fleet takes is recorded when it is first seen, and is an identity like any other from then on.
  Result<ClientIdentity> recognise(ByteView certificate, const std::string& address);

  // Somebody tried to open a session with an identity that a newer one has replaced (refused already by admission).
  void superseded_used(const FleetId& fleet, const DeviceId& device, const std::string& serial,
                       const std::string& address);

  // How long this device at this address has to wait after too many wrong codes; 0 when it need not.
  std::chrono::seconds back_off(std::string_view device, const std::string& address) const;
  // What keys the holder of this certificate may ask for; those of no profile in particular for anybody else.
  KeyPolicy key_policy(const FleetId& fleet, ByteView certificate) const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace outrider::identity
