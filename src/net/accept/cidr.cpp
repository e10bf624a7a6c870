#include "net/accept/cidr.h"

#include <algorithm>
#include <charconv>

namespace outrider::net {

namespace ip = boost::asio::ip;

namespace {

constexpr unsigned v4_offset_bits = 96;  // of the mapped form
constexpr unsigned address_bits = 128;

std::unexpected<Error> bad(std::string_view text, const std::string& why) {
  return fail(Errc::malformed, "bad-cidr", "'" + std::string(text) + "' " + why);
}

}  // namespace

AddressBytes mapped(const ip::address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

ip::address unmapped(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

std::string text_of(const ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

AddressBytes masked(AddressBytes address, unsigned bits) {
  for (unsigned i = 0; i < address.size(); ++i) {
    const unsigned left = bits > i * 8 ? std::min(8U, bits - i * 8) : 0;
    address[i] = static_cast<std::uint8_t>(address[i] & (0xff00U >> left));
  }
  return address;
}

Result<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  boost::system::error_code error;
  const auto address = unmapped(ip::make_address(std::string(text.substr(0, slash)), error));
  // A scope ("%eth0") means nothing outside this machine.
  if (error || (address.is_v6() && address.to_v6().scope_id() != 0))
    return bad(text, "must be a range of addresses, such as 10.0.0.0/8 or 2001:db8::/32");
  const unsigned most = address.is_v4() ? address_bits - v4_offset_bits : address_bits;
  unsigned length = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (failed != std::errc{} || end != digits.data() + digits.size() || length > most)
      return bad(text, "must have a length of 0 to " + std::to_string(most) + " after the slash");
  }
  Cidr out{mapped(address), length + (address.is_v4() ? v4_offset_bits : 0)};
  const AddressBytes prefix = masked(out.prefix, out.bits);
  if (prefix != out.prefix) {
    out.prefix = prefix;
    return bad(text, "has bits beyond its length; write " + out.text());
  }
  return out;
}

std::string Cidr::text() const {
  const auto address = unmapped(ip::make_address_v6(prefix));
  return address.to_string() + "/" + std::to_string(bits - (address.is_v4() ? v4_offset_bits : 0));
}

bool any_contains(const std::vector<Cidr>& ranges, const ip::address& address) {
  return std::ranges::any_of(ranges, [&](const Cidr& range) { return range.contains(address); });
}

}  // namespace outrider::net
