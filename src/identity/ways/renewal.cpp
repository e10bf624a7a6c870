// Renewal with the present certificate, and with an expired one where the profile allows it.
#include <algorithm>

#include "crypto/x509/chain.h"
#include "identity/enrolment/enrolment_inside.h"

namespace outrider::identity {

Result<std::vector<crypto::Certificate>> parse_chain(const std::vector<Bytes>& chain) {
  std::vector<crypto::Certificate> out;
  for (const auto& der : chain) {
    TRY(auto certificate, crypto::parse_certificate(der));
    out.push_back(std::move(certificate));
  }
  if (out.empty()) return fail(Errc::malformed, "bad-certificate", "no certificate was presented");
  return out;
}

// Is it one of ours, and not taken back?
Result<ClientIdentity> Enrolment::Inside::check_known(const FleetId& fleet, const ClientIdentity& holder) const {
  if (holder.fleet != fleet)
    return fail(Errc::forbidden, "wrong-fleet",
                "the certificate is of fleet '" + holder.fleet.value + "', the request for '" + fleet.value + "'");
  const auto known = roster.by_serial(fleet, holder.serial);
  if (!known || known->device != holder.device || known->spki_sha256 != holder.spki_sha256)
    return fail(Errc::forbidden, "unknown-identity", "the certificate is not one this server has issued");
  if (known->superseded)
    return fail(Errc::forbidden, "identity-superseded",
                "the certificate was replaced by a newer one that has connected; use that, or enrol anew with a code");
  if (known->revoked)
    return fail(Errc::forbidden, "identity-revoked", "the certificate has been revoked; enrol anew with a code");
  return holder;
}

Result<ClientIdentity> Enrolment::Inside::check_certificate(const FleetId& fleet, ByteView der) const {
  TRY(const auto holder, identify(der));
  CHECK(check_known(fleet, holder));
  if (clock.now() > holder.not_after)
    return fail(Errc::expired, "certificate-expired", "the certificate has expired; enrol anew with a code");
  return holder;
}

// A device that slept through its renewal. Beside being what check_known asks, the certificate must be good but for its
// age, young enough for the profile, and the device's life an ordinary one. That it is the newest the device has used
// is the roster's to say when it records the next one, or two requests could pass at once.
Result<ClientIdentity> Enrolment::Inside::check_lapsed(const FleetId& fleet,
                                                       const std::vector<crypto::Certificate>& chain) const {
  const crypto::Certificate& leaf = chain.front();
  TRY(const auto holder, identify(leaf));
  // As of its last seconds: everything above it was good then, whatever has happened to that since.
  TRY(const auto anchors, crypto::certificates_from_pem(authority.client_anchors_pem()));
  if (!crypto::verify_chain(leaf, {chain.data() + 1, chain.size() - 1}, anchors,
                            leaf.not_after - std::chrono::seconds{1}, crypto::Purpose::client))
    return fail(Errc::forbidden, "certificate-untrusted", "the certificate is not signed by this server's authority");
  CHECK(check_known(fleet, holder));
  const Timestamp now = clock.now();
  if (now <= leaf.not_after)  // TLS found something else wrong with it
    return fail(Errc::forbidden, "certificate-untrusted", "the certificate does not verify");
  TRY(const auto standing, roster.standing(fleet, holder.device));
  if (now - leaf.not_after > standing.renew_after_expiry)
    return fail(Errc::expired, "certificate-expired", "the certificate has expired; enrol anew with a code");
  if (standing.lifecycle == facts::Lifecycle::quarantined)
    return fail(Errc::forbidden, "device-quarantined", "the device is in quarantine; release it before it enrols anew");
  return holder;
}

void Enrolment::superseded_used(const FleetId& fleet, const DeviceId& device, const std::string& serial,
                                const std::string& address) {
  inside_->suspect({fleet, device.value, {address, {}}},
                   {device.value, serial, "superseded-used",
                    "a certificate was used after its successor had connected: a copy of the device, or a connection "
                    "that still has the old one",
                    address});
}

void Enrolment::renew(const FleetId& fleet, ByteView certificate, ByteView csr, const Origin& from, Issued done) {
  auto& in = *inside_;
  const auto holder = in.check_certificate(fleet, certificate);
  if (!holder) {
    const auto claimed = identify(certificate);
    const Claim claim{fleet, claimed ? claimed->device.value : "", from};
    if (holder.error().reason == "identity-superseded")
      superseded_used(fleet, claimed->device, claimed->serial, from.address);
    return in.refuse(claim, holder.error(), std::move(done));
  }
  in.issue({fleet, holder->device}, {csr, facts::EnrolmentRight::renewal, from}, {fleet, holder->device.value, from},
           std::move(done), [&](auto& fact) { fact.renews_serial = holder->serial; });
}

void Enrolment::renew_lapsed(const FleetId& fleet, const std::vector<Bytes>& presented, ByteView csr,
                             const Origin& from, Issued done) {
  auto& in = *inside_;
  const auto chain = parse_chain(presented);
  if (!chain) return in.refuse({fleet, "", from}, chain.error(), std::move(done));
  const auto claimed = identify(chain->front());
  Claim claim{fleet, claimed ? claimed->device.value : "", from};
  if (!claimed) return in.migrate(fleet, *chain, csr, std::move(claim), std::move(done));
  const auto holder = in.check_lapsed(fleet, *chain);
  if (!holder) return in.refuse(claim, holder.error(), std::move(done));
  // Told once it has happened: what was only tried is a refusal.
  auto tell = [&in, claim, serial = holder->serial, ended = holder->not_after,
               done = std::move(done)](Result<crypto::Certificate> issued) mutable {
    if (issued)
      in.suspect(claim, {claim.device, serial, "renewed-expired",
                         "renewed with a certificate that had expired at " + to_rfc3339(ended), claim.from.address});
    done(std::move(issued));
  };
  in.issue({fleet, holder->device}, {csr, facts::EnrolmentRight::expired_renewal, from}, claim, std::move(tell),
           [&](auto& fact) { fact.renews_serial = holder->serial; });
}

}  // namespace outrider::identity
