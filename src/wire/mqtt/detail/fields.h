#pragma once
// The data types of MQTT 5, section 1.5.
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "wire/mqtt/packet.h"

namespace outrider::wire::mqtt::detail {

inline constexpr std::uint32_t variable_byte_integer_max = 268'435'455;
inline constexpr std::size_t string_bytes_max = 65'535;

// Error shorthands of the two answers a decoder gives most.
std::unexpected<Error> malformed(std::string_view what);
std::unexpected<Error> protocol_error(std::string_view what);

// 1.5.5; a longer encoding than needed is malformed.
Result<std::uint32_t> read_variable_byte_integer(ByteReader& in);
// 1.5.4; `what` names the field in the error.
Result<std::string_view> read_string(ByteReader& in, std::string_view what);
// 1.5.6
Result<ByteView> read_binary(ByteReader& in);
// 2.2.1; zero is refused.
Result<std::uint16_t> read_packet_identifier(ByteReader& in);

// Appends one packet's fields to a buffer. Strings that do not fit their length prefix are remembered as a failure, so
// that the encoders stay straight lines; `finish` tells.
class FieldWriter {
 public:
  explicit FieldWriter(Bytes& out) : out_(out), start_(out.size()) {}

  FieldWriter& u8(std::uint8_t value);
  FieldWriter& u16(std::uint16_t value);
  FieldWriter& u32(std::uint32_t value);
  FieldWriter& variable_byte_integer(std::uint32_t value);
  FieldWriter& string(std::string_view value) { return binary(as_bytes(value)); }
  FieldWriter& binary(ByteView value);
  FieldWriter& raw(ByteView value);

  std::size_t size() const { return out_.size(); }
  // Puts the length of everything from `from` on in front of it. Lengths are known last; moving a packet's bytes by one
  // to four is cheaper than walking its properties twice.
  void prefix_length(std::size_t from);
  void fail_with(std::string_view what);
  // Takes back everything appended when something failed.
  Result<void> finish();

 private:
  Bytes& out_;
  std::size_t start_;
  std::string_view failure_;
};

}  // namespace outrider::wire::mqtt::detail
