// First byte: seed of the cuts. The rest is what a client sends. However it is cut, the reader finds the same, and what
// it hands on is never more than what came.
#include <cstdlib>

#include "wire/testing/in_pieces.h"
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
Outcome run(ByteView stream, NextSize next_size) {
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
    if (const auto fed = reader.feed(wire::testing::cut(stream, next_size), handler); !fed) {
      out.error = fed.error().reason;
      break;
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView stream = ByteView(data, size).subspan(1);
  const Outcome whole = wire::testing::same_in_pieces(
      stream, data[0], 5, [](ByteView all, auto next_size) { return run(all, std::move(next_size)); });
  if (whole.data.size() > stream.size() || whole.closed > 1) std::abort();
  return 0;
}
