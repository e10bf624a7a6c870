#include "wire/mqtt/frame.h"

#include <algorithm>
#include <string>

#include "wire/mqtt/detail/fields.h"

namespace outrider::wire::mqtt {
namespace {

// MQTT 5, 2.1.3: the flags of the fixed header are given, except in PUBLISH.
Result<void> check_first_byte(std::uint8_t byte) {
  const auto type = static_cast<PacketType>(byte >> 4U);
  const unsigned flags = byte & 15U;
  if (byte >> 4U == 0) return detail::malformed("packet type 0 is reserved");  // MQTT 5, 2.1.2
  if (type == PacketType::publish) return {};
  const bool two = type == PacketType::pubrel || type == PacketType::subscribe || type == PacketType::unsubscribe;
  if (flags != (two ? 2U : 0U)) {
    return detail::malformed("reserved flag bits of " + std::string(name_of(type)));  // MQTT 5, 2.1.3-1
  }
  return {};
}

// The length of the whole packet, once its fixed header is there.
Result<std::optional<std::size_t>> frame_length(ByteView in, std::size_t bytes_max) {
  if (in.empty()) return std::nullopt;
  CHECK(check_first_byte(in[0]));
  constexpr std::size_t header_bytes_max = 5;
  const ByteView header = in.first(std::min(in.size(), header_bytes_max)).subspan(1);
  const bool ends = std::ranges::any_of(header, [](std::uint8_t byte) { return (byte & 128U) == 0; });
  if (!ends && header.size() < header_bytes_max - 1) return std::nullopt;
  ByteReader reader(header);
  TRY(const std::uint32_t remaining, detail::read_variable_byte_integer(reader));
  const std::size_t length = 1 + reader.offset() + remaining;
  if (length > bytes_max) {
    return refuse(ReasonCode::packet_too_large,
                  "packet of " + std::to_string(length) + " bytes; at most " + std::to_string(bytes_max));
  }
  return length;
}

}  // namespace

Result<std::optional<ByteView>> next_frame(ByteView in, std::size_t bytes_max) {
  TRY(const auto length, frame_length(in, bytes_max));
  if (!length || *length > in.size()) return std::nullopt;
  return in.first(*length);
}

PacketType type_of_frame(ByteView frame) {
  return static_cast<PacketType>(frame[0] >> 4U);
}

Result<void> FrameSplitter::keep(ByteView chunk) {
  TRY(const auto length, frame_length(chunk, bytes_max_));
  wanted_ = length.value_or(0);
  // No reserve(wanted_): memory grows with what has arrived, not with what a stranger announces.
  kept_.assign(chunk.begin(), chunk.end());
  return {};
}

Result<bool> FrameSplitter::complete(ByteView& chunk) {
  while (wanted_ == 0 && !chunk.empty()) {  // the fixed header itself is cut: byte by byte, it has at most five
    kept_.push_back(chunk.front());
    chunk = chunk.subspan(1);
    TRY(const auto length, frame_length(kept_, bytes_max_));
    wanted_ = length.value_or(0);
  }
  if (wanted_ == 0) return false;
  const std::size_t count = std::min(wanted_ - kept_.size(), chunk.size());
  kept_.insert(kept_.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
  chunk = chunk.subspan(count);
  return kept_.size() == wanted_;
}

}  // namespace outrider::wire::mqtt
