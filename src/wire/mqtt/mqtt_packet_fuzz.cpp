// First byte: even, MQTT 3.1.1; odd, MQTT 5. The rest is one packet. Whatever decodes encodes again, to a packet that
// decodes to the same values and encodes to the same bytes.
#include <cstdlib>

#include "wire/mqtt/codec.h"

using namespace outrider;
using namespace outrider::wire::mqtt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Version version = (data[0] & 1U) == 0 ? Version::v3_1_1 : Version::v5;
  const auto packet = decode(ByteView(data, size).subspan(1), version);
  if (!packet) {
    if (!is_error(reason_code_of(packet.error())) || packet.error().detail.empty()) std::abort();
    return 0;
  }
  Bytes once;
  if (!encode(*packet, version, once)) std::abort();
  const auto again = decode(once, version);
  if (!again || *again != *packet) std::abort();
  Bytes twice;
  if (!encode(*again, version, twice) || twice != once) std::abort();
  return 0;
}
