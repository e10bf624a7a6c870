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

std::vector<std::string> serial_numbers_of(const crypto::Certificate& idevid) {
  std::vector<std::string> out;
  if (!idevid.subject.serial_number.empty()) out.push_back(idevid.subject.serial_number);
  if (const auto& hardware = idevid.names.hardware_serial) {
    if (printable(*hardware)) out.emplace_back(as_text(*hardware));
    out.push_back(hex(*hardware));
  }
  std::erase_if(out, [](const auto& each) { return each.size() > serial_number_bytes_max; });
  return out;
}

}  // namespace

Result<const Anchor*> find_anchor(std::span<const crypto::Certificate> chain, std::span<const Anchor> anchors,
                                  facts::AnchorRole role, Timestamp now, const AnchorReasons& reasons) {
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
    return &anchor;
  }
  return std::unexpected(std::move(refusal));
}

Result<Vouched> judge_idevid(std::span<const crypto::Certificate> chain, std::span<const Anchor> anchors,
                             Timestamp now) {
  const crypto::Certificate& idevid = chain.front();
  if (idevid.authority)
    return fail(Errc::forbidden, "not-an-idevid", "the certificate presented is a certification authority's");
  TRY(const Anchor* const anchor,
      find_anchor(chain, anchors, facts::AnchorRole::manufacturer, now, {"unknown-manufacturer", "idevid-expired"}));
  Vouched out{anchor->name, anchor->profile, serial_numbers_of(idevid), idevid.serial};
  if (out.serial_numbers.empty())
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
  const auto vouched = judge_idevid(*chain, in.roster.anchors(fleet), in.clock.now());
  if (!vouched) return in.refuse(claim, vouched.error(), std::move(done));

  Result<DeviceId> device = fail(Errc::forbidden, "serial-not-expected", "");
  for (const auto& serial_number : vouched->serial_numbers) {
    device = in.roster.by_serial_number(fleet, serial_number, vouched->profile);
    if (device || device.error().reason != "serial-not-expected") break;
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
             fact.anchor = vouched->anchor;
             fact.presented = vouched->certificate_serial;
           });
}

}  // namespace outrider::identity
