#include "detect/input/facts/address.h"

#include <arpa/inet.h>

#include <array>
#include <string>

#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

constexpr std::size_t text_bytes_max = 64;

std::string_view host_of(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  // One colon is a port's; several are IPv6 without brackets.
  const auto colon = text.find(':');
  return colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos ? text.substr(0, colon)
                                                                                                : text;
}

std::uint64_t hash_bytes(const std::uint8_t* bytes, std::size_t count) {
  return hash_of({reinterpret_cast<const char*>(bytes), count});
}

}  // namespace

AddressHash hash_address(std::string_view text) {
  constexpr std::size_t v4_bytes = 4, v4_prefix = 3, v6_bytes = 16, v6_prefix = 6, mapped_at = 12;
  if (text.size() > text_bytes_max) return {};
  const std::string host(host_of(text));
  std::array<std::uint8_t, v6_bytes> bytes{};
  const std::uint8_t* v4 = bytes.data();
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) != 1) {
    if (inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return {};
    constexpr std::array<std::uint8_t, mapped_at> mapped{0, 0, 0, 0, 0,    0,
                                                         0, 0, 0, 0, 0xff, 0xff};  // RFC 4291, 2.5.5.2
    if (!std::equal(mapped.begin(), mapped.end(), bytes.begin()))
      return {hash_bytes(bytes.data(), v6_bytes), hash_bytes(bytes.data(), v6_prefix)};
    v4 += mapped_at;
  }
  return {hash_bytes(v4, v4_bytes), hash_bytes(v4, v4_prefix)};
}

}  // namespace outrider::detect
