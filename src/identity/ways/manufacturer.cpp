#include "identity/ways/manufacturer.h"

#include <algorithm>

#include "crypto/x509/chain.h"
#include "identity/enrolment/enrolment_inside.h"

namespace outrider::identity {
namespace {

constexpr std::size_t serial_number_bytes_max = 256;  // as the registry takes

bool printable(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
}

// Empty when it has none.
std::string serial_number_of(const crypto::Certificate& idevid) {
  if (!idevid.subject.serial_number.empty()) return idevid.subject.serial_number;
  const auto& hardware = idevid.names.hardware_serial;
  if (!hardware) return {};
  return printable(*hardware) ? std::string(as_text(*hardware)) : hex(*hardware);
}

}  // namespace

Result<std::vector<const Anchor*>> find_anchors(std::span<const crypto::Certificate> chain,
                                                std::span<const Anchor> anchors, facts::AnchorRole role, Timestamp now,
                                                const AnchorReasons& reasons) {
  std::vector<const Anchor*> out;
  const crypto::Certificate& leaf = chain.front();
  Error refusal(Errc::forbidden, std::string(reasons.unknown),
                "no anchor of the fleet vouches for the certificate of '" + leaf.subject.text + "' by '" +
                    leaf.issuer.text + "'");
  for (const Anchor& anchor : anchors) {
    if (anchor.role != role) continue;
    const auto authority = crypto::parse_certificate(anchor.certificate);
    if (!authority) continue;  // the registry has parsed it when it was added
    const auto good = crypto::verify_chain(leaf, chain.subspan(1), {&*authority, 1}, now, crypto::Purpose::foreign);
    const bool expired = !good && good.error().code == Errc::expired;
    if (!good && !expired) continue;
    if (leaf.not_after < now)
      return fail(Errc::expired, std::string(reasons.expired),
                  "the certificate of '" + leaf.subject.text + "' expired at " + to_rfc3339(leaf.not_after));
    if (expired || (anchor.until && now > *anchor.until)) {
      refusal = Error(Errc::expired, "anchor-expired",
                      "the fleet no longer trusts the anchor '" + anchor.name + "': its time is over");
      continue;
    }
    out.push_back(&anchor);
  }
  if (out.empty()) return std::unexpected(std::move(refusal));
  return out;
}

Result<Vouched> judge_idevid(std::span<const crypto::Certificate> chain, std::span<const Anchor> anchors,
                             Timestamp now) {
  const crypto::Certificate& idevid = chain.front();
  if (idevid.authority)
    return fail(Errc::forbidden, "not-an-idevid", "the certificate presented is a certification authority's");
  TRY(auto vouching,
      find_anchors(chain, anchors, facts::AnchorRole::manufacturer, now, {"unknown-manufacturer", "idevid-expired"}));
  Vouched out{std::move(vouching), serial_number_of(idevid), idevid.serial};
  if (out.serial_number.empty() || out.serial_number.size() > serial_number_bytes_max)
    return fail(Errc::forbidden, "not-an-idevid",
                "the certificate has no serialNumber in its subject and no hardwareModuleName");
  return out;
}

void Enrolment::enrol_made(const FleetId& fleet, const std::vector<Bytes>& presented, ByteView csr, const Origin& from,
                           Issued done) {
  auto& in = *inside_;
  const auto chain = parse_chain(presented);
  if (!chain) return in.refuse({fleet, "", from}, chain.error(), std::move(done));
  const crypto::SubjectName& papers = chain->front().subject;
  Claim claim{fleet, papers.serial_number.substr(0, id_bytes_max), from};
  const auto anchors = in.roster.anchors(fleet);
  const auto vouched = judge_idevid(*chain, anchors, in.clock.now());
  if (!vouched) return in.refuse(claim, vouched.error(), std::move(done));
  if (const auto listed = in.check_lists(fleet, *chain, vouched->anchors); !listed)
    return in.refuse(claim, listed.error(), std::move(done));

  Result<DeviceId> device = fail(Errc::forbidden, "serial-not-expected", "");
  const Anchor* anchor = nullptr;
  for (const Anchor* const each : vouched->anchors) {
    auto found = in.roster.by_serial_number(fleet, vouched->serial_number, each->profile);
    if (!found && found.error().reason == "serial-not-expected" && anchor != nullptr) continue;
    device = std::move(found);
    anchor = each;
    if (device) break;
  }
  if (!device) return in.refuse(claim, device.error(), std::move(done));
  claim.device = device->value;

  auto watch = [&in, claim, serial = vouched->certificate_serial,
                done = std::move(done)](Result<crypto::Certificate> issued) mutable {
    if (!issued && issued.error().reason == "serial-enrolled")
      in.suspect(claim, {claim.device, serial, "manufacturer-again",
                         "the maker's certificate of a device that is enrolled asks for another identity: a copy?",
                         claim.from.address});
    done(std::move(issued));
  };
  in.issue({fleet, *device}, {csr, facts::EnrolmentRight::manufacturer, from, &papers}, claim, std::move(watch),
           [&](auto& fact) {
             fact.anchor = anchor->name;
             fact.presented = vouched->certificate_serial;
           });
}

}  // namespace outrider::identity
