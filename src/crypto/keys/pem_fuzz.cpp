// PEM text: certificates and keys from files, requests from devices.
#include "crypto/keys/pem.h"

#include <cstdlib>

#include "crypto/keys/key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const std::string_view text = as_text({data, size});
  if (const auto blocks = crypto::from_pem(text)) {
    std::string again;
    for (const auto& block : *blocks) again += crypto::to_pem(block.label, block.content);
    if (crypto::from_pem(again) != blocks) std::abort();
  }
  if (const auto key = crypto::KeyPair::from_pem(text)) {
    const auto again = crypto::KeyPair::from_pem(as_text(key->to_pem().view()));
    if (!again || again->public_key() != key->public_key()) std::abort();
  }
  return 0;
}
