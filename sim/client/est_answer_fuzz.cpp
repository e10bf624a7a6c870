// What an EST server answers. First byte: the status; the rest: the body. A device believes a certificate only when it
// is for its own key, and what it tells people is short and has no control characters.
#include <cstdint>
#include <cstdlib>

#include "crypto/keys/key.h"
#include "crypto/x509/certificate.h"
#include "sim/client/est.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

// The key of the certificates in the corpus.
constexpr std::string_view key_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdDB6Z+i6s0Pb9ic/\n"
    "ydJeFDcH79VZybkCA/NXdXKJhR6hRANCAAQqdoglFOzAsRwzgoHRt+gTSEwNUSm8\n"
    "oxcfMMCLAMYl4h5AaBGVrAZVg423ug/yFcLjMnVLrsQIysmBOYl6P1p+\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  static const auto key = crypto::KeyPair::from_pem(key_pem).value().public_key();
  constexpr int statuses[] = {200, 202, 401, 403, 503};
  if (size == 0) return 0;
  net::HttpResponse response;
  response.status = statuses[data[0] % std::size(statuses)];
  response.body.assign(data + 1, data + size);
  const auto answer = sim::enrol_answer(response, DeviceId{"t-1"}, key);
  if (answer.outcome == sim::EnrolOutcome::enrolled) {
    require(response.status == 200);
    const auto chain = crypto::certificates_from_pem(answer.chain);
    require(chain && chain->front().key == key && chain->front().subject.common_name == "t-1");
  } else {
    require(!answer.why.empty());
    for (const char c : answer.why) require(static_cast<unsigned char>(c) >= ' ' && c != 0x7F);
  }
  return 0;
}
