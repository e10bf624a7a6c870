#include "wire/cbor/reader.h"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "wire/utf8.h"

namespace outrider::wire::cbor {
namespace {

// RFC 8949, 3.1: the major types.
constexpr std::uint8_t major_unsigned = 0;
constexpr std::uint8_t major_negative = 1;
constexpr std::uint8_t major_bytes = 2;
constexpr std::uint8_t major_text = 3;
constexpr std::uint8_t major_array = 4;
constexpr std::uint8_t major_map = 5;
constexpr std::uint8_t major_tag = 6;
constexpr std::uint8_t major_other = 7;

// RFC 8949, 3.3: additional information of major type 7.
constexpr std::uint8_t info_false = 20;
constexpr std::uint8_t info_true = 21;
constexpr std::uint8_t info_null = 22;
constexpr std::uint8_t info_undefined = 23;
constexpr std::uint8_t info_simple = 24;
constexpr std::uint8_t info_half = 25;
constexpr std::uint8_t info_single = 26;
constexpr std::uint8_t info_double = 27;

constexpr std::uint8_t break_byte = 0xFF;

std::unexpected<Error> bad(std::size_t offset, std::string_view what) {
  return fail(Errc::malformed, "bad-cbor", fmt::format("CBOR at offset {}: {}", offset, what));
}

// RFC 8949, appendix D.
double half_to_double(std::uint16_t bits) {
  const int exponent = bits >> 10U & 31;
  const int fraction = bits & 1023;
  const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
  if (exponent == 31) {
    return sign * (fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN());
  }
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25));
}

Type type_of(std::uint8_t major, std::uint8_t info) {
  switch (major) {
    case major_unsigned:
      return Type::unsigned_integer;
    case major_negative:
      return Type::negative_integer;
    case major_bytes:
      return Type::bytes;
    case major_text:
      return Type::text;
    case major_array:
      return Type::array;
    case major_map:
      return Type::map;
    default:
      break;
  }
  switch (info) {
    case info_false:
    case info_true:
      return Type::boolean;
    case info_null:
      return Type::null;
    case info_undefined:
      return Type::undefined;
    case info_half:
    case info_single:
    case info_double:
      return Type::floating;
    default:
      return Type::simple;
  }
}

}  // namespace

std::string_view name_of(Type type) {
  switch (type) {
    case Type::unsigned_integer:
      return "an unsigned integer";
    case Type::negative_integer:
      return "a negative integer";
    case Type::bytes:
      return "a byte string";
    case Type::text:
      return "a text string";
    case Type::array:
      return "an array";
    case Type::map:
      return "a map";
    case Type::boolean:
      return "a boolean";
    case Type::null:
      return "null";
    case Type::undefined:
      return "undefined";
    case Type::simple:
      return "a simple value";
    case Type::floating:
      return "a float";
  }
  return "nothing";
}

std::unexpected<Error> Reader::wrong(std::size_t at, std::string_view wanted) const {
  return bad(at, fmt::format("expected {}", wanted));
}

Result<Reader::Head> Reader::read_head(ByteReader& in) {
  const std::size_t at = in.offset();
  if (in.empty()) return bad(at, "ends where an item should be");
  const std::uint8_t first = in.rest().front();
  CHECK(in.take(1));
  Head head{static_cast<std::uint8_t>(first >> 5U), static_cast<std::uint8_t>(first & 31U)};
  if (head.info < 24) {
    head.argument = head.info;
    return head;
  }
  if (head.info <= 27) {
    const auto raw = in.take(std::size_t{1} << (head.info - 24U));
    if (!raw) return bad(at, "cut short");
    for (const std::uint8_t byte : *raw) head.argument = head.argument << 8U | byte;
    // RFC 8949, 3.3: two encodings of one simple value would be two texts for one meaning.
    if (head.major == major_other && head.info == info_simple && head.argument < 32) {
      return bad(at, "a simple value below 32 in two bytes");
    }
    return head;
  }
  if (head.info < 31) return bad(at, "reserved additional information");  // RFC 8949, 3: 28 to 30
  const bool may_be_indefinite = head.major >= major_bytes && head.major <= major_map;
  if (!may_be_indefinite) return bad(at, head.major == major_other ? "a break outside" : "an indefinite length here");
  return head;
}

Result<Type> Reader::peek() const {
  // Mostly a whole head is one byte, and no tag.
  if (!in_.empty()) {
    const auto major = static_cast<std::uint8_t>(in_.rest().front() >> 5U);
    const auto info = static_cast<std::uint8_t>(in_.rest().front() & 31U);
    if (major != major_tag && info < info_simple) return type_of(major, info);
  }
  ByteReader in = in_;
  for (std::size_t i = 0; i <= tags_max; ++i) {
    TRY(const Head head, read_head(in));
    if (head.major != major_tag) return type_of(head.major, head.info);
  }
  return bad(in_.offset(), "too many tags");
}

Result<Reader::Head> Reader::item() {
  const std::size_t at = in_.offset();
  if (depth_ > 0) {
    Container& open = open_[depth_ - 1];
    if (!open.indefinite && open.left == 0) return bad(at, "the container has no more elements");
    open.left += open.indefinite ? 1 : std::uint64_t(-1);
  }
  tag_count_ = 0;
  for (;;) {
    TRY(const Head head, read_head(in_));
    if (head.major != major_tag) return head;
    if (tag_count_ == tags_max) return bad(at, "too many tags");
    tags_[tag_count_++] = head.argument;
  }
}

Result<Reader::Head> Reader::item_of(std::uint8_t major, std::string_view wanted) {
  const std::size_t at = in_.offset();
  TRY(const Head head, item());
  if (head.major != major) return wrong(at, wanted);
  return head;
}

Result<std::uint64_t> Reader::read_unsigned() {
  TRY(const Head head, item_of(major_unsigned, "an unsigned integer"));
  return head.argument;
}

Result<std::int64_t> Reader::read_integer() {
  const std::size_t at = in_.offset();
  TRY(const Head head, item());
  if (head.major != major_unsigned && head.major != major_negative) return wrong(at, "an integer");
  if (head.argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return bad(at, "an integer of more than 64 bits");
  }
  const auto value = static_cast<std::int64_t>(head.argument);
  return head.major == major_unsigned ? value : -1 - value;
}

Result<double> Reader::read_number() {
  const std::size_t at = in_.offset();
  TRY(const Head head, item());
  if (head.major == major_unsigned) return static_cast<double>(head.argument);
  if (head.major == major_negative) return -1 - static_cast<double>(head.argument);
  if (head.major == major_other && head.info == info_half) {
    return half_to_double(static_cast<std::uint16_t>(head.argument));
  }
  if (head.major == major_other && head.info == info_single) {
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument)));
  }
  if (head.major == major_other && head.info == info_double) return std::bit_cast<double>(head.argument);
  return wrong(at, "a number");
}

Result<bool> Reader::read_boolean() {
  const std::size_t at = in_.offset();
  TRY(const Head head, item());
  if (head.major != major_other || (head.info != info_false && head.info != info_true)) return wrong(at, "a boolean");
  return head.info == info_true;
}

Result<void> Reader::read_null() {
  const std::size_t at = in_.offset();
  TRY(const Head head, item());
  if (head.major != major_other || head.info != info_null) return wrong(at, "null");
  return {};
}

Result<void> Reader::read_undefined() {
  const std::size_t at = in_.offset();
  TRY(const Head head, item());
  if (head.major != major_other || head.info != info_undefined) return wrong(at, "undefined");
  return {};
}

Result<std::uint8_t> Reader::read_simple() {
  const std::size_t at = in_.offset();
  TRY(const Head head, item());
  if (head.major != major_other || type_of(head.major, head.info) != Type::simple) return wrong(at, "a simple value");
  return static_cast<std::uint8_t>(head.argument);
}

// RFC 8949, 3.2.3: the chunks of an indefinite-length string are definite-length strings of the same type.
template <class Out>
Result<Out> Reader::read_string(std::uint8_t major, std::string_view wanted) {
  const std::size_t at = in_.offset();
  TRY(const Head head, item_of(major, wanted));
  const auto append = [&](Out& out, std::uint64_t size) -> Result<void> {
    if (size > in_.left()) return bad(at, "a string longer than what is left");
    TRY(const ByteView raw, in_.take(static_cast<std::size_t>(size)));
    if (major == major_text && !valid_utf8(as_text(raw))) return bad(at, "text that is not UTF-8");  // RFC 8949, 3.1
    if (out.empty())
      out.assign(raw.begin(), raw.end());
    else
      out.insert(out.end(), raw.begin(), raw.end());
    return {};
  };
  Out out;
  if (!head.indefinite()) {
    CHECK(append(out, head.argument));
    return out;
  }
  for (;;) {
    if (!in_.empty() && in_.rest()[0] == break_byte) {
      CHECK(in_.take(1));
      return out;
    }
    const std::size_t chunk_at = in_.offset();
    TRY(const Head chunk, read_head(in_));
    if (chunk.major != major || chunk.indefinite()) return wrong(chunk_at, wanted);
    CHECK(append(out, chunk.argument));
  }
}

Result<std::string> Reader::read_text() {
  return read_string<std::string>(major_text, "a text string");
}
Result<Bytes> Reader::read_bytes() {
  return read_string<Bytes>(major_bytes, "a byte string");
}

Result<std::optional<std::uint64_t>> Reader::enter(std::uint8_t major, std::string_view wanted) {
  const std::size_t at = in_.offset();
  TRY(const Head head, item_of(major, wanted));
  const bool map = major == major_map;
  if (depth_ == depth_max) return bad(at, fmt::format("more than {} containers inside each other", depth_max));
  // Every element takes a byte at least, so a count is checked before anybody reserves room for it.
  const std::uint64_t elements_max = in_.left() / (map ? 2 : 1);
  if (!head.indefinite() && head.argument > elements_max) return bad(at, "more elements than bytes are left");
  open_[depth_++] = Container{head.argument * (map ? 2U : 1U), head.indefinite(), map};
  if (head.indefinite()) {
    open_[depth_ - 1].left = 0;
    return std::nullopt;
  }
  return head.argument;
}

Result<std::optional<std::uint64_t>> Reader::enter_array() {
  return enter(major_array, "an array");
}
Result<std::optional<std::uint64_t>> Reader::enter_map() {
  return enter(major_map, "a map");
}

Result<bool> Reader::more() {
  if (depth_ == 0) return bad(in_.offset(), "no container is open");
  const Container& open = open_[depth_ - 1];
  if (!open.indefinite) {
    if (open.left != 0) return true;
    --depth_;
    return false;
  }
  if (in_.empty()) return bad(in_.offset(), "ends inside a container");
  if (in_.rest()[0] != break_byte) return true;
  if (open.map && open.left % 2 != 0) return bad(in_.offset(), "a break between key and value");  // RFC 8949, 3.2.2
  CHECK(in_.take(1));
  --depth_;
  return false;
}

Result<void> Reader::skip() {
  const std::size_t outside = depth_;
  do {
    if (depth_ > outside) {
      TRY(const bool another, more());
      if (!another) continue;
    }
    TRY(const Type type, peek());
    switch (type) {
      case Type::array:
        CHECK(enter_array());
        break;
      case Type::map:
        CHECK(enter_map());
        break;
      case Type::text:
        CHECK(read_text());
        break;
      case Type::bytes:
        CHECK(read_bytes());
        break;
      default:
        CHECK(item());
        break;
    }
  } while (depth_ > outside);
  return {};
}

Result<void> Reader::finish() const {
  if (depth_ != 0) return bad(in_.offset(), "a container is still open");
  if (!in_.empty()) return bad(in_.offset(), "bytes after the last item");
  return {};
}

}  // namespace outrider::wire::cbor
