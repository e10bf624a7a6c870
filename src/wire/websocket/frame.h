#pragma once
// WebSocket frames (RFC 6455, section 5) as a server sees them: masked ones from the client are read, unmasked ones
// written. Nothing is put together: the payload of data frames is handed on as it comes, because what travels in them
// (MQTT 5, section 6) is a byte stream with frames of its own.
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::wire::websocket {

// RFC 6455, 11.8
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

// RFC 6455, 7.4.1
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  invalid_payload = 1007,
  policy_violation = 1008,
  too_big = 1009,
};

inline constexpr std::size_t control_bytes_max = 125;            // RFC 6455, 5.5
inline constexpr std::size_t header_bytes_max = 2 + 8 + 4;       // with a 64-bit length and a mask
inline constexpr std::uint64_t frame_bytes_max = 1024UL * 1024;  // of payload; four of our largest packets
inline constexpr std::size_t piece_bytes_max = 4096;             // handed on at once

// Why a stream of frames must end: the Error of FrameReader has one of these as its reason.
CloseCode close_code_of(const Error& error);

class FrameReader {
 public:
  // What is found in the stream, in order. An Error from `data` ends the reading. The bytes are lent.
  struct Handler {
    std::function<Result<void>(ByteView piece)> data;
    std::function<void(ByteView payload)> ping;
    std::function<void(CloseCode code)> close;  // `normal` when the client gave none; nothing is read afterwards
  };

  // Reasons: not-masked, reserved-bits, reserved-opcode, text-frame, bad-length, frame-too-big, bad-fragment,
  // bad-control-frame, bad-close. The reader is then spent.
  Result<void> feed(ByteView bytes, const Handler& handler);

  bool closed() const { return closed_; }

 private:
  Result<bool> take_header(ByteView& bytes);
  Result<void> check_header(std::uint8_t first, std::uint8_t second);
  Result<void> take_payload(ByteView& bytes, const Handler& handler);
  Result<void> end_control(const Handler& handler);

  std::array<std::uint8_t, header_bytes_max> header_{};
  std::array<std::uint8_t, 4> mask_{};
  std::array<std::uint8_t, control_bytes_max> control_{};
  std::uint64_t left_ = 0;  // of the payload
  std::uint8_t control_size_ = 0;
  std::uint8_t header_size_ = 0;
  std::uint8_t mask_at_ = 0;
  Opcode opcode_ = Opcode::continuation;
  bool in_payload_ = false;
  bool in_message_ = false;  // the next data frame must be a continuation
  bool closed_ = false;
};

// The header of an unmasked frame that is a whole message; its payload follows.
struct Header {
  std::array<std::uint8_t, 10> bytes{};
  std::size_t size = 0;
  ByteView view() const { return ByteView(bytes).first(size); }
};
Header header_of(Opcode opcode, std::uint64_t payload_bytes);

// A whole control frame: at most control_bytes_max of payload (more is cut).
Bytes control_frame(Opcode opcode, ByteView payload);
Bytes close_frame(CloseCode code, std::string_view reason);

}  // namespace outrider::wire::websocket
