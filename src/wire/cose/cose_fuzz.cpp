// Messages of devices before anybody has verified them: whatever is read can be written again, and reads the same.
#include <cstdlib>

#include "wire/cose/sign1.h"
#include "wire/cose/signed_reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  using namespace outrider::wire::cose;
  const auto require = [](bool good) {
    if (!good) std::abort();
  };
  const ByteView message(data, size);
  const auto read = parse_sign1(message);
  const auto reading = parse_signed_reading(message);
  if (!read) {
    require(!reading);
    return 0;
  }
  require(read->protected_bytes.size() <= header_bytes_max && read->signature.size() <= signature_bytes_max);
  if (read->payload) {
    const Bytes again = encode_sign1(read->protected_bytes, *read->payload, read->signature);
    const auto other = parse_sign1(again);
    require(other && other->protected_headers == read->protected_headers && other->payload == read->payload &&
            other->signature == read->signature);
  }
  if (!reading) return 0;
  // There is one encoding, tagged or not; and what it says can be said anew.
  Bytes again = encode_sign1(reading->protected_bytes, reading->payload, reading->signature);
  require(again.size() == size || again.size() == size + 1);
  const Bytes headers = protected_headers(*reading);
  const auto other = parse_signed_reading(encode_sign1(headers, reading->payload, reading->signature));
  require(other && static_cast<const ReadingHeader&>(*other) == static_cast<const ReadingHeader&>(*reading));
  static_cast<void>(open_pack(*reading, from_micros(1'790'000'000'000'000)));
  return 0;
}
