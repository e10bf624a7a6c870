#pragma once
// Bytes from outside are read through ByteReader, which only shrinks and never allocates; bytes for outside are
// put together in a Bytes by ByteWriter. All integers are big-endian unless the name says `le`.
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace outrider {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) {
  return {view.begin(), view.end()};
}

// A view that moves forward over borrowed bytes. Every bound is compared with what is left, so nothing can overflow.
class ByteReader {
 public:
  explicit ByteReader(ByteView in) : rest_(in), total_(in.size()) {}

  std::size_t left() const { return rest_.size(); }
  bool empty() const { return rest_.empty(); }
  // Offset of the next byte from where this reader began; for error messages.
  std::size_t offset() const { return total_ - rest_.size(); }
  ByteView rest() const { return rest_; }

  Result<ByteView> take(std::size_t count) {
    if (count > rest_.size())
      return fail(Errc::malformed, "truncated", "truncated at offset " + std::to_string(offset()));
    return std::exchange(rest_, rest_.subspan(count)).first(count);
  }
  Result<std::uint8_t> u8() { return integer<std::uint8_t>(); }
  Result<std::uint16_t> u16() { return integer<std::uint16_t>(); }
  Result<std::uint32_t> u32() { return integer<std::uint32_t>(); }
  Result<std::uint64_t> u64() { return integer<std::uint64_t>(); }

  // A child that cannot read past its parent: a length prefix and that many bytes.
  Result<ByteReader> block16() {
    TRY(auto size, u16());
    TRY(auto body, take(size));
    return ByteReader(body);
  }
  Result<ByteReader> block32() {
    TRY(auto size, u32());
    TRY(auto body, take(size));
    return ByteReader(body);
  }
  // Trailing bytes are an error.
  Result<void> finish() const {
    if (!rest_.empty())
      return fail(Errc::malformed, "trailing-bytes", std::to_string(rest_.size()) + " trailing bytes");
    return {};
  }

 private:
  template <class T>
  Result<T> integer() {
    TRY(auto raw, take(sizeof(T)));
    std::uint64_t value = 0;
    for (const std::uint8_t byte : raw) value = value << 8U | byte;
    return static_cast<T>(value);
  }

  ByteView rest_;
  std::size_t total_;
};

class ByteWriter {
 public:
  ByteWriter& u8(std::uint8_t v) {
    out_.push_back(v);
    return *this;
  }
  ByteWriter& u16(std::uint16_t v) { return integer(v); }
  ByteWriter& u32(std::uint32_t v) { return integer(v); }
  ByteWriter& u64(std::uint64_t v) { return integer(v); }
  ByteWriter& raw(ByteView v) {
    out_.insert(out_.end(), v.begin(), v.end());
    return *this;
  }
  ByteWriter& raw(std::string_view v) { return raw(as_bytes(v)); }
  // Length prefix, then the bytes. The caller has checked that the length fits.
  ByteWriter& block16(ByteView v) { return u16(static_cast<std::uint16_t>(v.size())).raw(v); }
  ByteWriter& block32(ByteView v) { return u32(static_cast<std::uint32_t>(v.size())).raw(v); }

  std::size_t size() const { return out_.size(); }
  const Bytes& bytes() const { return out_; }
  Bytes take() && { return std::move(out_); }

 private:
  template <class T>
  ByteWriter& integer(T v) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
      out_.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(v) >> static_cast<unsigned>(shift)));
    return *this;
  }
  Bytes out_;
};

std::string hex(ByteView bytes);                // lower case
Result<Bytes> from_hex(std::string_view text);  // either case, even length
std::string base64(ByteView bytes);             // RFC 4648 section 4, padded, one line
std::string base64url(ByteView bytes);          // RFC 4648 section 5, no padding
// Section 4; white space and line breaks are skipped (MIME bodies, PEM). Bad characters and bad padding are refused.
Result<Bytes> from_base64(std::string_view text);
Result<Bytes> from_base64url(std::string_view text);  // strict: no padding, no white space

// True when both are equal; takes the same time wherever they differ. Lengths are not secret.
bool equal_constant_time(ByteView a, ByteView b);

// A secret that wipes itself. It has no operator<< and no fmt formatter, so it cannot reach a log by accident.
class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
  explicit Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      bytes_ = std::move(other.bytes_);
      other.bytes_.clear();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  ByteView view() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }

 private:
  void wipe() noexcept;
  Bytes bytes_;
};

}  // namespace outrider
