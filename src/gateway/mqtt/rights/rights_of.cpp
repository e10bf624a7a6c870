#include "gateway/mqtt/rights/rights_of.h"

#include "gateway/mqtt/rights/application_rights.h"
#include "gateway/mqtt/rights/device_rights.h"

namespace outrider::gateway::mqtt {

std::shared_ptr<const Rights> rights_of(const fleet::Admission& admission, std::unique_ptr<Signatures> signatures) {
  if (admission.grants) return std::make_shared<ApplicationRights>(admission.grants);
  return std::make_shared<DeviceRights>(admission.device, admission.profile,
                                        admission.lifecycle == facts::Lifecycle::quarantined, std::move(signatures));
}

}  // namespace outrider::gateway::mqtt
