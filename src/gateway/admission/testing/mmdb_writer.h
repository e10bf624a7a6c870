#pragma once
// A small writer of MaxMind databases (MMDB 2.0) for tests: 24-bit records, IPv6 tree with IPv4 below ::/96.
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "net/accept/cidr.h"

namespace outrider::gateway::admission::testing {

// Values of the data section, encoded.
namespace mmdb {

inline Bytes control(unsigned type, std::size_t size) {
  if (type > 7) return {static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(type - 7)};
  return {static_cast<std::uint8_t>(type << 5U | size)};
}
inline Bytes number(unsigned type, std::uint64_t value) {
  Bytes digits;
  for (; value != 0; value >>= 8U) digits.insert(digits.begin(), static_cast<std::uint8_t>(value));
  Bytes out = control(type, digits.size());
  out.insert(out.end(), digits.begin(), digits.end());
  return out;
}
inline Bytes u16(std::uint64_t value) {
  return number(5, value);
}
inline Bytes u32(std::uint64_t value) {
  return number(6, value);
}
inline Bytes u64(std::uint64_t value) {
  return number(9, value);
}
// At most 28 bytes: the size stands in the control byte.
inline Bytes text(std::string_view value) {
  Bytes out = control(2, value.size());
  out.insert(out.end(), value.begin(), value.end());
  return out;
}
inline Bytes map(const std::vector<std::pair<std::string, Bytes>>& members) {
  Bytes out = control(7, members.size());
  for (const auto& [key, value] : members) {
    const Bytes name = text(key);
    out.insert(out.end(), name.begin(), name.end());
    out.insert(out.end(), value.begin(), value.end());
  }
  return out;
}
inline Bytes empty_array() {
  return control(11, 0);
}

inline Bytes country(std::string_view code) {
  return map({{"country", map({{"iso_code", text(code)}})}});
}
inline Bytes asn(std::uint32_t number) {
  return map({{"autonomous_system_number", u32(number)}});
}

}  // namespace mmdb

class MmdbWriter {
 public:
  explicit MmdbWriter(std::string type) : type_(std::move(type)) { nodes_.emplace_back(); }

  void add(std::string_view range, const Bytes& value) {
    const auto cidr = net::Cidr::parse(range).value();
    net::AddressBytes address = cidr.prefix;
    if (range.find(':') == std::string_view::npos) address.at(10) = address.at(11) = 0;  // ::a.b.c.d
    Record* record = &nodes_[0].at(bit(address, 0));
    for (unsigned depth = 1; depth < cidr.bits; ++depth) {
      if (record->kind != Record::Kind::node) {
        const Record next{Record::Kind::node, nodes_.size()};
        *record = next;
        nodes_.emplace_back();  // `record` is no longer valid
        record = &nodes_[next.value].at(bit(address, depth));
      } else {
        record = &nodes_[record->value].at(bit(address, depth));
      }
    }
    *record = {Record::Kind::data, data_.size()};
    data_.insert(data_.end(), value.begin(), value.end());
  }

  Bytes finish() const {
    ByteWriter out;
    for (const auto& node : nodes_) {
      for (const Record& record : node) {
        std::uint64_t value = nodes_.size();  // none
        if (record.kind == Record::Kind::node) value = record.value;
        if (record.kind == Record::Kind::data) value = nodes_.size() + 16 + record.value;
        out.u8(static_cast<std::uint8_t>(value >> 16U)).u16(static_cast<std::uint16_t>(value));
      }
    }
    out.raw(Bytes(16, 0)).raw(ByteView(data_)).raw(std::string_view("\xab\xcd\xefMaxMind.com"));
    out.raw(mmdb::map({{"node_count", mmdb::u32(nodes_.size())},
                       {"record_size", mmdb::u16(24)},
                       {"ip_version", mmdb::u16(6)},
                       {"database_type", mmdb::text(type_)},
                       {"languages", mmdb::empty_array()},
                       {"binary_format_major_version", mmdb::u16(2)},
                       {"binary_format_minor_version", mmdb::u16(0)},
                       {"build_epoch", mmdb::u64(1'800'000'000)},
                       {"description", mmdb::map({})}}));
    return std::move(out).take();
  }

 private:
  struct Record {
    enum class Kind : std::uint8_t { none, node, data } kind = Kind::none;
    std::size_t value = 0;
  };
  static std::size_t bit(const net::AddressBytes& address, unsigned depth) {
    return address.at(depth / 8) >> (7U - depth % 8) & 1U;
  }

  std::string type_;
  std::vector<std::array<Record, 2>> nodes_;
  Bytes data_;
};

}  // namespace outrider::gateway::admission::testing
