#pragma once
// What the ways in have in common. Private to the room: enrolment.cpp has the code way and what all share, ways/ the
// others.
#include <functional>
#include <span>

#include "crypto/x509/csr.h"
#include "identity/enrolment/attempts.h"
#include "identity/enrolment/device_name.h"
#include "identity/enrolment/enrolment.h"
#include "identity/refusals.h"

namespace outrider::identity {

// What is known of a request when it is refused.
struct Claim {
  FleetId fleet;
  std::string device;  // as claimed
  Origin from;
};

// A certificate that is made, and what the ledger has to say of it before it may leave.
struct Grant {
  facts::IdentityIssued fact;
  crypto::Certificate certificate;
};

// A request and by what right it is made.
struct Wanted {
  ByteView csr;  // as received
  facts::EnrolmentRight right = facts::EnrolmentRight::code;
  const Origin& from;
  const crypto::SubjectName* papers = nullptr;  // see check_subject
};

// One that nothing is wrong with, but for the right itself.
struct CheckedRequest {
  Standing standing;
  crypto::Csr csr;
  facts::KeyHome home = facts::KeyHome::software;
};

struct Enrolment::Inside {
  const Authority& authority;
  Roster& roster;
  const Clock& clock;
  Metrics* metrics;
  const BlockedKeys* blocked;
  Attempts attempts;
  RefusalGate gate;

  Result<DeviceName> check_code(const FleetId& fleet, std::string_view device, std::string_view code,
                                const std::string& hash) const;
  Result<CheckedRequest> check_request(const DeviceName& name, const Wanted& wanted) const;
  Result<void> check_key_free(const DeviceName& name, const std::string& spki_sha256) const;
  Result<Grant> certify(const DeviceName& name, const Wanted& wanted) const;
  // Certifies, lets `fill` say by what the right was proved, records, and answers.
  using Fill = std::function<void(facts::IdentityIssued&)>;
  void issue(const DeviceName& name, const Wanted& wanted, Claim claim, Issued done, const Fill& fill);
  void record(const DeviceName& name, Grant grant, Claim claim, Issued done);
  void count_refusal(const std::string& reason) const;
  void refuse(const Claim& claim, Error error, Issued done);
  // An entry that somebody should look at; rate-limited like refusals.
  void suspect(const Claim& claim, facts::IdentitySuspected fact);

  // ways/renewal.cpp: a certificate of ours, good for a renewal now.
  Result<ClientIdentity> check_certificate(const FleetId& fleet, ByteView der) const;
  Result<ClientIdentity> check_known(const FleetId& fleet, const ClientIdentity& holder) const;
  Result<ClientIdentity> check_lapsed(const FleetId& fleet, const std::vector<crypto::Certificate>& chain) const;
  // ways/migration.cpp: a certificate of a CA the fleet trusts until its devices have moved over.
  Result<void> check_lists(const FleetId& fleet, std::span<const crypto::Certificate> chain,
                           const std::vector<const Anchor*>& vouching) const;
  Result<DeviceId> device_for(const FleetId& fleet, const Anchor& anchor, const crypto::Certificate& certificate) const;
  Result<ClientIdentity> adopt(const FleetId& fleet, const Anchor& anchor, const crypto::Certificate& certificate,
                               const std::string& address);
  void migrate(const FleetId& fleet, const std::vector<crypto::Certificate>& chain, ByteView csr, Claim claim,
               Issued done);
};

// The chain as presented; malformed ("bad-certificate").
Result<std::vector<crypto::Certificate>> parse_chain(const std::vector<Bytes>& chain);

}  // namespace outrider::identity
