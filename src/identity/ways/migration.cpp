// Moving a fleet over from another CA: a certificate of that CA is good for one of ours, while the CA is trusted.
#include <algorithm>

#include "identity/enrolment_inside.h"
#include "identity/ways/device_mapping.h"
#include "identity/ways/manufacturer.h"

namespace outrider::identity {

void Enrolment::Inside::migrate(const FleetId& fleet, const std::vector<crypto::Certificate>& chain, ByteView csr,
                                Claim claim, Issued done) {
  const crypto::Certificate& leaf = chain.front();
  const auto anchors = roster.anchors(fleet);
  const auto anchor = find_anchor(chain, anchors, facts::AnchorRole::device_ca, clock.now(),
                                  {"certificate-untrusted", "certificate-expired"});
  if (!anchor) return refuse(claim, anchor.error(), std::move(done));
  const auto device = device_named(leaf, (*anchor)->device_id_from.value_or(""));
  if (!device) return refuse(claim, device.error(), std::move(done));
  claim.device = device->value;
  issue({fleet, *device}, {csr, facts::EnrolmentRight::migration, &leaf.subject}, claim, std::move(done),
        [&](auto& fact) {
          fact.anchor = (*anchor)->name;
          fact.presented = leaf.serial;
        });
}

}  // namespace outrider::identity
