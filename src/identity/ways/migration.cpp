// Moving a fleet over from another CA: a certificate of that CA is good for one of ours, while the CA is trusted.
#include <algorithm>

#include "base/log.h"
#include "crypto/x509/chain.h"
#include "identity/enrolment/enrolment_inside.h"
#include "identity/ways/device_mapping.h"
#include "identity/ways/foreign_list.h"
#include "identity/ways/manufacturer.h"

namespace outrider::identity {

namespace {

std::string foreign_serial(const crypto::Certificate& certificate) {
  return identity::foreign_serial(certificate.issuer.der, certificate.serial);
}

bool issued_by(const crypto::Certificate& certificate, const crypto::Certificate& authority) {
  return certificate.issuer.der == authority.subject.der && crypto::signed_by(certificate, authority);
}

}  // namespace

void Enrolment::Inside::migrate(const FleetId& fleet, const std::vector<crypto::Certificate>& chain, ByteView csr,
                                Claim claim, Issued done) {
  const crypto::Certificate& leaf = chain.front();
  const auto anchors = roster.anchors(fleet);
  const auto vouching = find_anchors(chain, anchors, facts::AnchorRole::device_ca, clock.now(),
                                     {"certificate-untrusted", "certificate-expired"});
  if (!vouching) return refuse(claim, vouching.error(), std::move(done));
  if (const auto listed = check_lists(fleet, chain, *vouching); !listed)
    return refuse(claim, listed.error(), std::move(done));
  const Anchor* anchor = nullptr;
  Result<DeviceId> device = fail(Errc::forbidden, "not-a-device", "");
  for (const Anchor* const each : *vouching) {
    anchor = each;
    device = device_for(fleet, *each, leaf);
    if (device) break;
  }
  if (!device) return refuse(claim, device.error(), std::move(done));
  claim.device = device->value;
  // One that ended with its anchor may still move: the anchor is back, or another one stands for it.
  const auto seen = roster.by_serial(fleet, foreign_serial(leaf));
  if (seen && seen->revoked && !seen->dismissed) {
    if (seen->superseded)
      return refuse(claim, {Errc::forbidden, "identity-superseded", "the device has moved to an identity of its own"},
                    std::move(done));
    return refuse(claim, {Errc::forbidden, "identity-revoked", "the certificate was revoked here"}, std::move(done));
  }
  const Origin from = claim.from;
  issue({fleet, *device}, {csr, facts::EnrolmentRight::migration, from, &leaf.subject}, claim, std::move(done),
        [&](auto& fact) {
          fact.anchor = anchor->name;
          fact.presented = leaf.serial;
        });
}

// Have those certificates of the chain that the anchors themselves have issued been revoked? What a list of theirs says
// of a CA below them counts for all that this one has issued; lists of that CA are nobody's to take here.
Result<void> Enrolment::Inside::check_lists(const FleetId& fleet, std::span<const crypto::Certificate> chain,
                                            const std::vector<const Anchor*>& vouching) const {
  for (const Anchor* const anchor : vouching) {
    TRY(const auto by, crypto::parse_certificate(anchor->certificate));
    for (const auto& certificate : chain)
      if (issued_by(certificate, by)) CHECK(roster.check_list(fleet, anchor->name, certificate.serial));
  }
  return {};
}

// The device that the certificate is of, if it is one the anchor is for. Reasons: not-a-device, wrong-profile.
Result<DeviceId> Enrolment::Inside::device_for(const FleetId& fleet, const Anchor& anchor,
                                               const crypto::Certificate& certificate) const {
  TRY(const auto device, device_named(certificate, anchor.device_id_from.value_or("")));
  if (!anchor.profile) return device;
  if (const auto standing = roster.standing(fleet, device); standing && standing->profile != anchor.profile)
    return fail(Errc::forbidden, "wrong-profile",
                "the anchor '" + anchor.name + "' is for devices of profile '" + anchor.profile->value + "' only");
  return device;
}

// The registry decides before this returns; that the entry is durable is not waited for, because the session's own
// entry comes after it.
Result<ClientIdentity> Enrolment::Inside::adopt(const FleetId& fleet, const Anchor& anchor,
                                                const crypto::Certificate& certificate, const std::string& address) {
  TRY(const auto device, device_for(fleet, anchor, certificate));
  const auto end = anchor.until ? std::min(certificate.not_after, *anchor.until) : certificate.not_after;
  ClientIdentity out{fleet, device, foreign_serial(certificate), certificate.spki_sha256(), certificate.not_before,
                     end};
  if (const auto known = roster.by_serial(fleet, out.serial)) {
    if (known->device == device) return out;
    return fail(Errc::forbidden, "not-a-device", "the certificate is known as one of another device");
  }
  CHECK(check_key_free({fleet, device}, out.spki_sha256));
  facts::IdentityIssued fact{.device = device,
                             .serial = out.serial,
                             .not_before = out.not_before,
                             .not_after = out.not_after,
                             .spki_sha256 = out.spki_sha256,
                             .right = facts::EnrolmentRight::foreign,
                             .anchor = anchor.name,
                             .presented = certificate.serial,
                             .certificate = certificate.der};
  auto refused = std::make_shared<std::optional<Error>>();
  roster.record_issue(fleet, std::move(fact), [refused, fleet, device, address](Result<void> recorded) {
    if (recorded) return;
    log::warn(
        "a foreign certificate was not taken",
        {{"fleet", fleet.value}, {"device", device.value}, {"address", address}, {"detail", recorded.error().text()}});
    *refused = std::move(recorded).error();
  });
  if (!roster.by_serial(fleet, out.serial))
    return fail(Errc::forbidden, "not-a-device",
                *refused ? (*refused)->detail : std::string("the certificate could not be recorded"));
  return out;
}

Result<ClientIdentity> Enrolment::recognise(ByteView der, const std::string& address) {
  auto ours = identify(der);
  if (ours || ours.error().reason != "not-a-device") return ours;
  auto& in = *inside_;
  const auto authorities = in.roster.device_authorities();
  if (authorities.empty()) return ours;
  TRY(const auto certificate, crypto::parse_certificate(der));
  if (certificate.authority) return ours;
  const Timestamp now = in.clock.now();
  auto out = std::move(ours);
  for (const auto& [fleet, anchor] : authorities) {
    const auto authority = crypto::parse_certificate(anchor.certificate);
    if (!authority || !issued_by(certificate, *authority)) continue;
    if (now > certificate.not_after || (anchor.until && now > *anchor.until)) continue;
    out = in.adopt(fleet, anchor, certificate, address);
    if (out) break;  // otherwise another anchor of the same CA may fit the device
  }
  return out;
}

}  // namespace outrider::identity
