#pragma once
// Reading CBOR (RFC 8949) from bytes nobody vouches for.
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace outrider::wire::cbor {

inline constexpr std::size_t depth_max = 16;  // arrays and maps inside each other; COSE and EAT need under 8
inline constexpr std::size_t tags_max = 4;    // tags on one item; nothing we read has more than two

// What the next item is. Numbers of any size of encoding; `floating` is half, single or double.
enum class Type : std::uint8_t {
  unsigned_integer,
  negative_integer,
  bytes,
  text,
  array,
  map,
  boolean,
  null,
  undefined,
  simple,  // an unassigned simple value
  floating,
};
std::string_view name_of(Type type);

// A cursor over one CBOR sequence. Borrows the bytes; memory is fixed but for the strings it returns, which are never
// longer than the input. Each `read_…` takes one item of that type or fails and names the offset; tags in front of it
// are passed over and can be seen with `tags()`.
//
//   CHECK(in.enter_map());
//   for (;;) {
//     TRY(const bool more, in.more());
//     if (!more) break;                     // the end of the map; it has been left
//     TRY(auto key, in.read_integer());
//     CHECK(in.skip());
//   }
//   CHECK(in.finish());
//
// Accepted beside the preferred encoding: longer than needed integers, indefinite lengths (RFC 8949, 4.1 leaves that to
// the protocol). Refused: reserved additional information, a break in the wrong place, text that is not UTF-8, two-byte
// simple values under 32, counts that the bytes left cannot hold, too much depth.
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}

  // The type of the next item, after its tags. Nothing is taken.
  Result<Type> peek() const;

  Result<std::uint64_t> read_unsigned();
  Result<std::int64_t> read_integer();  // refuses what does not fit
  Result<double> read_number();         // an integer or a float
  Result<bool> read_boolean();
  Result<void> read_null();
  Result<std::uint8_t> read_simple();  // the number of an unassigned simple value
  Result<void> read_undefined();
  Result<std::string> read_text();  // the chunks of an indefinite-length string are joined
  Result<Bytes> read_bytes();

  // Goes into an array or a map; the number of elements (pairs) when it is said beforehand.
  Result<std::optional<std::uint64_t>> enter_array();
  Result<std::optional<std::uint64_t>> enter_map();
  // True when the container entered last has another element (in a map: another pair, or the value of the pair begun).
  // Otherwise leaves it.
  Result<bool> more();
  // Passes over one whole item, whatever it holds.
  Result<void> skip();

  // No item left and no container open.
  Result<void> finish() const;

  // The tags of the item read or entered last, outermost first.
  std::span<const std::uint64_t> tags() const { return {tags_.data(), tag_count_}; }
  std::size_t offset() const { return in_.offset(); }

 private:
  struct Head {
    std::uint8_t major = 0;
    std::uint8_t info = 0;       // the lower five bits
    std::uint64_t argument = 0;  // 0 for indefinite length
    bool indefinite() const { return info == 31; }
  };
  struct Container {
    std::uint64_t left = 0;  // items; counts up when indefinite
    bool indefinite = false;
    bool map = false;
  };

  static Result<Head> read_head(ByteReader& in);
  // The head of the next item that is no tag; counts it as an element of the open container.
  Result<Head> item();
  Result<Head> item_of(std::uint8_t major, std::string_view wanted);
  template <class Out>
  Result<Out> read_string(std::uint8_t major, std::string_view wanted);
  Result<std::optional<std::uint64_t>> enter(std::uint8_t major, std::string_view wanted);
  std::unexpected<Error> wrong(std::size_t at, std::string_view wanted) const;

  ByteReader in_;
  std::array<Container, depth_max> open_{};
  std::size_t depth_ = 0;
  std::array<std::uint64_t, tags_max> tags_{};
  std::size_t tag_count_ = 0;
};

}  // namespace outrider::wire::cbor
