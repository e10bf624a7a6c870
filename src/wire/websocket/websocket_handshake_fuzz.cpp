// The head of a stranger's request. What is taken has what the answer needs, and no answer can be made to hold a line
// of the stranger's.
#include <cstdlib>

#include "wire/websocket/handshake.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  using namespace outrider::wire::websocket;
  const auto text = as_text({data, size});
  const auto end = end_of_head(text);
  const auto opening = parse_opening(text.substr(0, end.value_or(size)));
  if (!opening) {
    const std::string answer = refusal_response(opening.error());
    if (end_of_head(answer) == std::nullopt) std::abort();
    return 0;
  }
  if (!end || opening->key.size() != 24 || !opening->path.starts_with('/')) std::abort();
  if (opening->path.find_first_of("\r\n ?") != std::string::npos) std::abort();
  if (opening->origin && opening->origin->find_first_of("\r\n") != std::string::npos) std::abort();
  if (opening->origin && origin_allowed(opening->origin, {})) std::abort();
  return 0;
}
