// Whoever reaches a listener behind a load balancer can send what a load balancer would. A header found in a beginning
// is the same whatever follows, a beginning of it needs more, and what was read can be written and read again.
#include <cstdlib>

#include "wire/proxy/header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  using namespace outrider::wire;
  const ByteView input(data, size);
  const auto whole = proxy::parse_header(input);
  if (!whole || !*whole) return 0;
  const proxy::Header& header = **whole;
  if (header.size > size || header.size > proxy::header_bytes_max || !proxy::looks_like_header(input)) std::abort();
  if (proxy::parse_header(input.first(header.size)).value() != header) std::abort();
  const auto shorter = proxy::parse_header(input.first(header.size - 1));
  if (!shorter || *shorter) std::abort();
  const auto again = proxy::parse_header(proxy::write_header(header)).value().value();
  if (again.source != header.source || again.destination != header.destination || again.local != header.local)
    std::abort();
  return 0;
}
