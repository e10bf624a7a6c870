// First byte: seed of the cuts. The rest is a stream. However it is cut, the splitter gives the same frames and fails
// or not, and it never holds more than its limit.
#include <cstdlib>
#include <vector>

#include "wire/mqtt/frame.h"
#include "wire/testing/in_pieces.h"

using namespace outrider;
using namespace outrider::wire::mqtt;

namespace {

constexpr std::size_t bytes_max = 64;

struct Outcome {
  std::vector<Bytes> frames;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

template <class NextSize>
Outcome run(ByteView stream, NextSize next_size) {
  Outcome out;
  FrameSplitter splitter(bytes_max);
  while (!stream.empty() && !out.failed) {
    const auto fed = splitter.feed(wire::testing::cut(stream, next_size), [&](ByteView frame) -> Result<void> {
      out.frames.push_back(to_bytes(frame));
      return {};
    });
    out.failed = !fed;
    if (splitter.kept_bytes() > bytes_max) std::abort();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView stream = ByteView(data, size).subspan(1);
  const Outcome whole = wire::testing::same_in_pieces(
      stream, data[0], 3, [](ByteView all, auto next_size) { return run(all, std::move(next_size)); });
  for (const Bytes& frame : whole.frames) {
    const auto again = next_frame(frame, bytes_max);
    if (!again || !*again || (*again)->size() != frame.size()) std::abort();
  }
  return 0;
}
