#include "wire/websocket/frame.h"

#include <algorithm>

#include "wire/utf8.h"

namespace outrider::wire::websocket {

namespace {

constexpr std::uint8_t fin_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
constexpr std::uint8_t opcode_bits = 0x0f;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_bits = 0x7f;
constexpr std::uint8_t length_16 = 126;
constexpr std::uint8_t length_64 = 127;

bool is_control(Opcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 8;
}

std::unexpected<Error> broken(std::string reason, std::string detail) {
  return fail(Errc::malformed, std::move(reason), std::move(detail));
}

std::size_t header_bytes(std::uint8_t second) {
  const std::uint8_t length = second & length_bits;
  const std::size_t extended = length == length_16 ? 2 : length == length_64 ? 8 : 0;
  return 2 + extended + 4;
}

// RFC 6455, 7.4: what an endpoint may say in a Close frame.
bool may_be_sent(std::uint16_t code) {
  constexpr std::array<std::uint16_t, 4> never{1004, 1005, 1006, 1015};
  if (code >= 3000 && code < 5000) return true;
  return code >= 1000 && code <= 1014 && std::ranges::find(never, code) == never.end();
}

}  // namespace

CloseCode close_code_of(const Error& error) {
  if (error.reason == "text-frame") return CloseCode::unsupported_data;
  if (error.reason == "frame-too-big") return CloseCode::too_big;
  return CloseCode::protocol_error;
}

Result<void> FrameReader::feed(ByteView bytes, const Handler& handler) {
  while (!bytes.empty() && !closed_) {
    if (!in_payload_) {
      TRY(const bool whole, take_header(bytes));
      if (!whole) return {};
    }
    CHECK(take_payload(bytes, handler));
  }
  return {};
}

// True once the header is whole; what it says is checked as soon as it is known.
Result<bool> FrameReader::take_header(ByteView& bytes) {
  while (!bytes.empty()) {
    header_[header_size_++] = bytes.front();
    bytes = bytes.subspan(1);
    if (header_size_ == 2) CHECK(check_header(header_[0], header_[1]));
    if (header_size_ < 2 || header_size_ < header_bytes(header_[1])) continue;
    const std::uint8_t length = header_[1] & length_bits;
    std::uint64_t size = length;
    const std::size_t extended = header_size_ - 4U - 2U;
    if (extended > 0) {
      size = 0;
      for (std::size_t i = 0; i < extended; ++i) size = size << 8U | header_[2 + i];
      // RFC 6455, 5.2: the minimal number of bytes must be used.
      if (size < (extended == 2 ? length_16 : 0x1'0000U)) return broken("bad-length", "an overlong payload length");
    }
    if (size > frame_bytes_max) return broken("frame-too-big", "a frame of more than 1 MiB");
    std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(header_size_ - 4U), 4, mask_.begin());
    left_ = size;
    mask_at_ = 0;
    header_size_ = 0;
    control_size_ = 0;
    in_payload_ = true;
    return true;
  }
  return false;
}

Result<void> FrameReader::check_header(std::uint8_t first, std::uint8_t second) {
  const bool fin = (first & fin_bit) != 0;
  // RFC 6455, 5.2: no extension was agreed on that gives them a meaning.
  if ((first & reserved_bits) != 0) return broken("reserved-bits", "reserved bits are set");
  opcode_ = static_cast<Opcode>(first & opcode_bits);
  // RFC 6455, 5.1: a server must close the connection.
  if ((second & mask_bit) == 0) return broken("not-masked", "a frame from the client is not masked");
  switch (opcode_) {
    case Opcode::close:
    case Opcode::ping:
    case Opcode::pong:
      // RFC 6455, 5.5
      if (!fin || (second & length_bits) > control_bytes_max)
        return broken("bad-control-frame", "a control frame is fragmented or longer than 125 bytes");
      return {};
    case Opcode::continuation:
      if (!in_message_) return broken("bad-fragment", "a continuation of nothing");  // RFC 6455, 5.4
      in_message_ = !fin;
      return {};
    case Opcode::binary:
      if (in_message_) return broken("bad-fragment", "a new message before the end of the last");
      in_message_ = !fin;
      return {};
    case Opcode::text:
      return broken("text-frame", "MQTT travels in binary frames only");  // MQTT 5, 6.0-1
  }
  return broken("reserved-opcode", "an opcode that has no meaning");
}

Result<void> FrameReader::take_payload(ByteView& bytes, const Handler& handler) {
  std::array<std::uint8_t, piece_bytes_max> piece;
  while (left_ > 0 && !bytes.empty()) {
    const std::size_t size = std::min({static_cast<std::size_t>(left_), bytes.size(), piece.size()});
    for (std::size_t i = 0; i < size; ++i) {
      piece[i] = bytes[i] ^ mask_[mask_at_];
      mask_at_ = (mask_at_ + 1U) & 3U;
    }
    bytes = bytes.subspan(size);
    left_ -= size;
    if (is_control(opcode_)) {
      std::copy_n(piece.begin(), size, control_.begin() + control_size_);
      control_size_ = static_cast<std::uint8_t>(control_size_ + size);
    } else {
      CHECK(handler.data(ByteView(piece).first(size)));
    }
  }
  if (left_ > 0) return {};
  in_payload_ = false;
  return is_control(opcode_) ? end_control(handler) : Result<void>{};
}

Result<void> FrameReader::end_control(const Handler& handler) {
  const ByteView payload = ByteView(control_).first(control_size_);
  if (opcode_ == Opcode::ping) handler.ping(payload);
  if (opcode_ != Opcode::close) return {};
  closed_ = true;
  if (payload.empty()) {
    handler.close(CloseCode::normal);
    return {};
  }
  ByteReader reader(payload);
  const auto code = reader.u16();
  if (!code || !may_be_sent(*code) || !valid_utf8(as_text(reader.rest())))
    return broken("bad-close", "a Close frame with an impossible code or reason");
  handler.close(static_cast<CloseCode>(*code));
  return {};
}

Header header_of(Opcode opcode, std::uint64_t payload_bytes) {
  Header out;
  const auto add = [&](std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) out.bytes[out.size++] = static_cast<std::uint8_t>(value >> (8U * i));
  };
  add(fin_bit | static_cast<std::uint8_t>(opcode), 1);
  if (payload_bytes < length_16) {
    add(payload_bytes, 1);
  } else if (payload_bytes <= 0xffff) {
    add(length_16, 1);
    add(payload_bytes, 2);
  } else {
    add(length_64, 1);
    add(payload_bytes, 8);
  }
  return out;
}

Bytes control_frame(Opcode opcode, ByteView payload) {
  payload = payload.first(std::min(payload.size(), control_bytes_max));
  const Header header = header_of(opcode, payload.size());
  Bytes out = to_bytes(header.view());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

Bytes close_frame(CloseCode code, std::string_view reason) {
  const auto number = static_cast<std::uint16_t>(code);
  Bytes payload{static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number & 0xffU)};
  const ByteView text = as_bytes(reason.substr(0, control_bytes_max - 2));
  payload.insert(payload.end(), text.begin(), text.end());
  return control_frame(Opcode::close, payload);
}

}  // namespace outrider::wire::websocket
