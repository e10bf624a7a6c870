// Certificates come from TLS peers, from manufacturers and from files.
#include "crypto/x509/certificate.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto certificate = crypto::parse_certificate({data, size});
  const auto verified = crypto::parse_verified_certificate({data, size});
  if (!certificate) return 0;
  // The quick reader says the same as the thorough one, or nothing. (Of a key we do not use the library may say what
  // its encoding should have been.)
  const bool usable = certificate->key.type != crypto::KeyType::other;
  if (verified && (verified->serial != certificate->serial || verified->subject != certificate->subject ||
                   verified->names != certificate->names || verified->not_before != certificate->not_before ||
                   verified->not_after != certificate->not_after || verified->client_auth != certificate->client_auth ||
                   (usable && verified->spki != certificate->key.spki)))
    std::abort();
  if (crypto::certificate_from_pem(certificate->pem()) != certificate) std::abort();
  const auto serial = from_hex(certificate->serial);
  if (!serial || serial->empty() || (serial->size() > 1 && serial->front() == 0)) std::abort();
  return 0;
}
