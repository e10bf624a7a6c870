#pragma once
// Cutting a byte stream into MQTT control packets.
#include <cstddef>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "wire/mqtt/packet.h"

namespace outrider::wire::mqtt {

// What the variable byte integer can say at most (MQTT 5, 1.5.5), plus the fixed header.
inline constexpr std::size_t frame_bytes_ceiling = 268'435'455 + 5;
// Default limit: a telemetry batch is a few KiB; the largest message meant to pass is a signed log batch.
inline constexpr std::size_t packet_bytes_max = 256UL * 1024;

// The first whole packet at the beginning of `in`, fixed header included, or nothing when more bytes are needed.
// Refuses as soon as the bytes at hand show it: a reserved packet type or flag bits (malformed packet), an overlong
// length (malformed packet), a packet of more than `bytes_max` bytes (packet too large).
Result<std::optional<ByteView>> next_frame(ByteView in, std::size_t bytes_max);

// The packet type of a frame (from its first byte alone).
PacketType type_of_frame(ByteView frame);

// Cuts a connection's stream into frames. Belongs to one connection and its thread. Keeps only the bytes of one packet
// that has not arrived whole, never more than the limit, and no memory at all between packets, so that an idle
// connection costs nothing.
class FrameSplitter {
 public:
  explicit FrameSplitter(std::size_t bytes_max = packet_bytes_max) : bytes_max_(bytes_max) {}

  // Calls `handle(ByteView frame) -> Result<void>` for each packet completed by `chunk`, in order; the frame is valid
  // during the call. Stops at the first error, of the stream or of `handle`; the splitter is then spent, and the
  // connection must be closed: where the next packet begins is no longer known.
  template <class Handle>
  Result<void> feed(ByteView chunk, Handle&& handle) {
    while (!chunk.empty()) {
      if (kept_.empty()) {  // the usual case: whole packets straight from the chunk, nothing copied
        TRY(auto frame, next_frame(chunk, bytes_max_));
        if (!frame) return keep(chunk);
        chunk = chunk.subspan(frame->size());
        CHECK(handle(*frame));
        continue;
      }
      TRY(const bool whole, complete(chunk));
      if (!whole) return {};
      const Bytes frame = std::exchange(kept_, {});
      CHECK(handle(ByteView(frame)));
    }
    return {};
  }

  // Bytes held back for a packet still arriving.
  std::size_t kept_bytes() const { return kept_.size(); }
  // A larger or smaller limit for packets that begin from now on (a stranger gets less before its CONNECT).
  void set_limit(std::size_t bytes_max) { bytes_max_ = bytes_max; }

 private:
  Result<void> keep(ByteView chunk);
  // Moves bytes from the front of `chunk` until the kept packet is whole (true) or the chunk is used up.
  Result<bool> complete(ByteView& chunk);

  std::size_t bytes_max_;
  std::size_t wanted_ = 0;  // length of the kept packet, once known
  Bytes kept_;
};

}  // namespace outrider::wire::mqtt
