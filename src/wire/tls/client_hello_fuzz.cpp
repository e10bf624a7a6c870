// The first bytes of any stranger. Every verdict holds from the byte on that it was given at: more bytes never change
// it.
#include <algorithm>
#include <cstdlib>

#include "wire/tls/client_hello.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  using wire::tls::Hello;
  size = std::min<std::size_t>(size, 2 * wire::tls::hello_bytes_max);
  const ByteView input(data, size);
  const auto whole = wire::tls::look_at_hello(input);
  const std::size_t step = size / 64 + 1;
  for (std::size_t part = 0; part < size; part += step) {
    const auto earlier = wire::tls::look_at_hello(input.first(part));
    if (earlier.hello != Hello::incomplete && (earlier.hello != whole.hello || earlier.ticket != whole.ticket))
      std::abort();
    if (earlier.ticket.empty() == (earlier.hello == Hello::resuming)) std::abort();
  }
  return 0;
}
