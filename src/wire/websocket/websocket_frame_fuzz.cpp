// First byte: seed of the cuts. The rest is what a client sends. However it is cut, the reader finds the same, and what
// it hands on is never more than what came.
#include <algorithm>
#include <cstdlib>

#include "wire/websocket/frame.h"

using namespace outrider;
using namespace outrider::wire::websocket;

namespace {

struct Outcome {
  Bytes data;
  std::vector<Bytes> pings;
  int closed = 0;
  std::string error;
  bool operator==(const Outcome&) const = default;
};

template <class NextSize>
Outcome run(ByteView stream, NextSize&& next_size) {
  Outcome out;
  FrameReader reader;
  const FrameReader::Handler handler{.data = [&](ByteView piece) -> Result<void> {
                                       if (piece.empty() || piece.size() > piece_bytes_max) std::abort();
                                       out.data.insert(out.data.end(), piece.begin(), piece.end());
                                       return {};
                                     },
                                     .ping =
                                         [&](ByteView payload) {
                                           if (payload.size() > control_bytes_max) std::abort();
                                           out.pings.push_back(to_bytes(payload));
                                         },
                                     .close = [&](CloseCode) { ++out.closed; }};
  while (!stream.empty()) {
    const std::size_t size = std::clamp<std::size_t>(next_size(), 1, stream.size());
    if (const auto fed = reader.feed(stream.first(size), handler); !fed) {
      out.error = fed.error().reason;
      break;
    }
    stream = stream.subspan(size);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView stream = ByteView(data, size).subspan(1);
  const Outcome whole = run(stream, [&] { return stream.size(); });
  const Outcome single = run(stream, [] { return 1; });
  std::uint32_t state = data[0];
  const Outcome mixed = run(stream, [&] {
    state = state * 1'664'525 + 1'013'904'223;
    return state >> 27U;
  });
  if (whole != single || whole != mixed) std::abort();
  if (whole.data.size() > stream.size() || whole.closed > 1) std::abort();
  return 0;
}
