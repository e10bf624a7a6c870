// Certificates come from TLS peers, from manufacturers and from files.
#include "crypto/x509/certificate.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto certificate = crypto::parse_certificate({data, size});
  if (!certificate) return 0;
  if (crypto::certificate_from_pem(certificate->pem()) != certificate) std::abort();
  const auto serial = from_hex(certificate->serial);
  if (!serial || serial->empty() || (serial->size() > 1 && serial->front() == 0)) std::abort();
  return 0;
}
