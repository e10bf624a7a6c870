// What an EST server answers, as a device or the simulator reads it.
#include "crypto/cms/certs_only.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto certificates = crypto::from_certs_only({data, size});
  if (!certificates) return 0;
  const Bytes again = crypto::to_certs_only(*certificates);
  if (crypto::from_certs_only(again) != certificates) std::abort();
  return 0;
}
