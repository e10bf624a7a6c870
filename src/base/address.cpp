#include "base/address.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace outrider {
namespace {

constexpr std::size_t address_bytes_max = 64;

std::string_view host_of(std::string_view address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  const auto colon = address.find(':');
  // More than one colon without brackets: an IPv6 address without port.
  return colon == std::string_view::npos || address.find(':', colon + 1) != std::string_view::npos
             ? address
             : address.substr(0, colon);
}

}  // namespace

std::string address_key(std::string_view address) {
  std::string host(host_of(address).substr(0, address_bytes_max));
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return host;
  return hex(ByteView(bytes).first(8));
}

}  // namespace outrider
