// What anybody may send to the OCSP responder without signing in.
#include "crypto/revocation/ocsp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = outrider::crypto::parse_ocsp_request({data, size});
  if (!request) return 0;
  if (request->certificates.empty() || request->certificates.size() > outrider::crypto::ocsp_certificates_max)
    __builtin_trap();
  // What was read can be read again.
  for (const auto& one : request->certificates)
    if (one.der.empty()) __builtin_trap();
  return 0;
}
