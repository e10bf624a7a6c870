// Who a certificate says its holder is: the URI of its SAN, and the certificate around it.
#include "identity/enrolment/device_name.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  if (const auto name = identity::from_urn(as_text({data, size}))) {
    if (identity::to_urn(name->fleet, name->device) != as_text({data, size})) std::abort();
  }
  if (const auto who = identity::identify(ByteView(data, size))) {
    const auto name = identity::from_urn(identity::to_urn(who->fleet, who->device));
    if (!name || name->fleet != who->fleet || name->device != who->device) std::abort();
  }
  return 0;
}
