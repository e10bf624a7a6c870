// The Authorization header of a stranger, and the code in it as it is spelled.
#include "gateway/est/basic_auth.h"

#include <cstdlib>

#include "identity/enrolment/code.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto credentials = gateway::est::parse_basic(as_text({data, size}));
  if (!credentials) return 0;
  if (credentials->user.find(':') != std::string::npos) std::abort();
  const std::string both = credentials->user + ":" + std::string(as_text(credentials->password.view()));
  const auto again = gateway::est::parse_basic("Basic " + base64(as_bytes(both)));
  // Encoding may make it longer than a header may be; then only.
  if (!again && both.size() < 700) std::abort();
  if (again &&
      (again->user != credentials->user || as_text(again->password.view()) != as_text(credentials->password.view())))
    std::abort();
  const auto code = identity::canonical_code(as_text(credentials->password.view()));
  if (!code.empty() && identity::canonical_code(code) != code) std::abort();
  return 0;
}
