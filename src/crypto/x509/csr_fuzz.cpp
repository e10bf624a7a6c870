// A request comes from whoever reaches the HTTPS port and has a code to try. Whatever is accepted means the same in
// every form it may be sent in.
#include "crypto/x509/csr.h"

#include <cstdlib>

#include "crypto/keys/pem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto csr = crypto::parse_csr({data, size});
  if (!csr) return 0;
  const auto same = [&](const Result<crypto::Csr>& other) {
    return other && other->der == csr->der && other->subject == csr->subject && other->names == csr->names &&
           other->key == csr->key && other->signature_valid == csr->signature_valid;
  };
  if (!same(crypto::parse_csr(csr->der)) || !same(crypto::parse_csr(as_bytes(base64(csr->der)))) ||
      !same(crypto::parse_csr(as_bytes(crypto::to_pem("CERTIFICATE REQUEST", csr->der)))))
    std::abort();
  // A name with a NUL inside would read as another to whoever stops there.
  if (csr->subject.common_name.find('\0') != std::string::npos) std::abort();
  return 0;
}
