#include "wire/senml/senml.h"
#include "wire/testing/senml_round_trip.h"

using namespace outrider;
using namespace outrider::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wire::testing::check_senml_round_trip(senml::parse_cbor(ByteView(data, size), wire::testing::senml_received));
  return 0;
}
