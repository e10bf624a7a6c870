#include "wire/mqtt/detail/fields.h"

#include <array>
#include <string>

#include "wire/utf8.h"

namespace outrider::wire::mqtt::detail {
namespace {

struct VariableBytes {
  std::array<std::uint8_t, 4> bytes{};
  std::size_t count = 0;
};

VariableBytes variable_bytes_of(std::uint32_t value) {
  VariableBytes out;
  do {
    const auto digit = static_cast<std::uint8_t>(value & 127U);
    value >>= 7U;
    out.bytes[out.count++] = value == 0 ? digit : static_cast<std::uint8_t>(digit | 128U);
  } while (value != 0 && out.count < out.bytes.size());
  return out;
}

}  // namespace

std::unexpected<Error> malformed(std::string_view what) {
  return refuse(ReasonCode::malformed_packet, std::string(what));
}
std::unexpected<Error> protocol_error(std::string_view what) {
  return refuse(ReasonCode::protocol_error, std::string(what));
}

Result<std::uint32_t> read_variable_byte_integer(ByteReader& in) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 28; shift += 7) {
    TRY(const std::uint8_t byte, in.u8());
    value |= (byte & 127U) << shift;
    if ((byte & 128U) != 0) continue;
    if (byte == 0 && shift != 0) return malformed("overlong variable byte integer");  // MQTT 5, 1.5.5-1
    return value;
  }
  return malformed("variable byte integer of more than four bytes");  // MQTT 5, 1.5.5
}

Result<std::string_view> read_string(ByteReader& in, std::string_view what) {
  TRY(const std::uint16_t size, in.u16());
  TRY(const ByteView raw, in.take(size));
  const std::string_view text = as_text(raw);
  if (!valid_utf8(text)) return malformed(std::string(what) + " is not UTF-8");  // MQTT 5, 1.5.4-1
  if (text.find('\0') != std::string_view::npos) {
    return malformed(std::string(what) + " contains U+0000");  // MQTT 5, 1.5.4-2
  }
  return text;
}

Result<ByteView> read_binary(ByteReader& in) {
  TRY(const std::uint16_t size, in.u16());
  return in.take(size);
}

Result<std::uint16_t> read_packet_identifier(ByteReader& in) {
  TRY(const std::uint16_t identifier, in.u16());
  if (identifier == 0) return protocol_error("packet identifier 0");  // MQTT 5, 2.2.1-3 and 2.2.1-4
  return identifier;
}

FieldWriter& FieldWriter::u8(std::uint8_t value) {
  out_.push_back(value);
  return *this;
}

FieldWriter& FieldWriter::u16(std::uint16_t value) {
  return u8(static_cast<std::uint8_t>(value >> 8U)).u8(static_cast<std::uint8_t>(value));
}

FieldWriter& FieldWriter::u32(std::uint32_t value) {
  return u16(static_cast<std::uint16_t>(value >> 16U)).u16(static_cast<std::uint16_t>(value));
}

FieldWriter& FieldWriter::variable_byte_integer(std::uint32_t value) {
  if (value > variable_byte_integer_max) fail_with("a number above 268,435,455");
  const auto encoded = variable_bytes_of(value);
  return raw(ByteView(encoded.bytes).first(encoded.count));
}

FieldWriter& FieldWriter::binary(ByteView value) {
  if (value.size() > string_bytes_max) {
    fail_with("a string of more than 65,535 bytes");
    return *this;
  }
  return u16(static_cast<std::uint16_t>(value.size())).raw(value);
}

FieldWriter& FieldWriter::raw(ByteView value) {
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

void FieldWriter::prefix_length(std::size_t from) {
  const std::size_t length = out_.size() - from;
  if (length > variable_byte_integer_max) {
    fail_with("a packet of more than 268,435,455 bytes");
    return;
  }
  const auto encoded = variable_bytes_of(static_cast<std::uint32_t>(length));
  out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(from), encoded.bytes.begin(),
              encoded.bytes.begin() + static_cast<std::ptrdiff_t>(encoded.count));
}

void FieldWriter::fail_with(std::string_view what) {
  if (failure_.empty()) failure_ = what;
}

Result<void> FieldWriter::finish() {
  if (failure_.empty()) return {};
  out_.resize(start_);
  return fail(Errc::too_large, "cannot-encode", "MQTT cannot carry " + std::string(failure_));
}

}  // namespace outrider::wire::mqtt::detail
