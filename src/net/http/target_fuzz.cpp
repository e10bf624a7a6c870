// The request target is the first thing a stranger writes into this server.
#include <cstdlib>

#include "base/bytes.h"
#include "net/http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto target = net::parse_target(as_text({data, size}));
  if (!target) return 0;
  if (!target->path.starts_with('/') || target->path.find('\0') != std::string::npos) std::abort();
  if (("" + target->path + "/").find("/../") != std::string::npos) std::abort();
  const std::string again = net::format_target(target->path, target->query);
  if (again.size() > net::target_bytes_max) return 0;  // escapes make it longer
  if (net::parse_target(again) != *target) std::abort();
  return 0;
}
