// The first bytes of any stranger. What is said of them is short and plain, whatever they hold, and does not depend on
// what comes behind the ClientHello.
#include <algorithm>
#include <cstdlib>

#include "wire/tls/client_hello.h"
#include "wire/tls/client_traits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const ByteView input(data, std::min<std::size_t>(size, wire::tls::hello_bytes_max));
  const auto traits = wire::tls::read_traits(input);
  if (!traits) return 0;
  if (wire::tls::look_at_hello(input).hello == wire::tls::Hello::not_tls) std::abort();
  if (traits->head.size() != 10) std::abort();
  for (const std::string& text : {traits->head, traits->suites, traits->extensions})
    for (const char c : text)
      if (c != ',' && c != '_' && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z'))
        std::abort();
  return 0;
}
