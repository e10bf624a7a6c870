// Whatever parses and can be written again (times after 1978) gives, written and parsed, the same records: in this
// representation and in the other.
#include <cstdlib>

#include "wire/senml/senml.h"

using namespace outrider;
using namespace outrider::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Timestamp received = from_micros(1'795'348'800'250'000);
  const auto pack = senml::parse_cbor(ByteView(data, size), received);
  if (!pack) {
    if (pack.error().detail.empty() || pack.error().reason.empty()) std::abort();
    return 0;
  }
  for (const senml::Record& record : *pack) {
    if (!senml::valid_name(record.name)) std::abort();
    // Later, a double does not hold every microsecond.
    if (record.time > from_micros(4'294'967'296'000'000)) return 0;
  }
  const auto json = senml::write_json(*pack);
  const auto cbor = senml::write_cbor(*pack);
  if (json.has_value() != cbor.has_value()) std::abort();
  if (!json) return 0;
  const auto from_json = senml::parse_json(*json, received);
  const auto from_cbor = senml::parse_cbor(*cbor, received);
  if (!from_json || *from_json != *pack) std::abort();
  if (!from_cbor || *from_cbor != *pack) std::abort();
  return 0;
}
