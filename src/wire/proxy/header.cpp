#include "wire/proxy/header.h"

#include <algorithm>
#include <string_view>

namespace outrider::wire::proxy {
namespace {

constexpr std::array<std::uint8_t, 12> signature{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr std::string_view v1_signature = "PROXY ";
constexpr std::uint8_t version_2 = 2;
constexpr std::uint8_t pp2_type_crc32c = 0x03;
constexpr std::size_t inet_bytes = 12;
constexpr std::size_t inet6_bytes = 36;
constexpr std::size_t unix_bytes = 216;

// Names of section 2.2.
enum class Command : std::uint8_t { LOCAL = 0, PROXY = 1 };
enum class Family : std::uint8_t { AF_UNSPEC_ = 0, AF_INET_ = 1, AF_INET6_ = 2, AF_UNIX_ = 3 };
enum class Transport : std::uint8_t { UNSPEC = 0, STREAM = 1, DGRAM = 2 };

std::unexpected<Error> bad(const char* detail) {
  return fail(Errc::malformed, "bad-proxy-header", detail);
}

bool matches(ByteView begun, ByteView expected) {
  const std::size_t size = std::min(begun.size(), expected.size());
  return std::ranges::equal(begun.first(size), expected.first(size));
}

std::size_t address_bytes(Family family) {
  switch (family) {
    case Family::AF_INET_:
      return inet_bytes;
    case Family::AF_INET6_:
      return inet6_bytes;
    case Family::AF_UNIX_:
      return unix_bytes;
    case Family::AF_UNSPEC_:
      break;
  }
  return 0;
}

// CRC-32C (RFC 3720, B.4), bit by bit: it is at most 4 KiB, once a connection, and seldom sent.
std::uint32_t crc32c(std::uint32_t crc, std::uint8_t byte) {
  constexpr std::uint32_t polynomial = 0x82f63b78;
  crc ^= byte;
  for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ (polynomial & (0U - (crc & 1U)));
  return crc;
}

// Section 2.2.4: computed over the whole header with the checksum's own four bytes zero.
bool checksum_holds(ByteView header, std::size_t at, std::uint32_t expected) {
  std::uint32_t crc = ~0U;
  for (std::size_t i = 0; i < header.size(); ++i) crc = crc32c(crc, i >= at && i < at + 4 ? 0 : header[i]);
  return ~crc == expected;
}

// We use none of them, but a vector that does not fit its header makes the whole header a lie.
Result<void> check_vectors(ByteView header, ByteReader vectors) {
  while (!vectors.empty()) {
    const auto type = vectors.u8();
    auto value = vectors.block16();
    if (!type || !value) return bad("a TLV is longer than the header");
    if (*type != pp2_type_crc32c) continue;
    const std::size_t at = header.size() - vectors.left() - value->left();
    const auto crc = value->u32();
    if (!crc || !value->empty()) return bad("the checksum has not four bytes");
    if (!checksum_holds(header, at, *crc)) return bad("the checksum does not match");
  }
  return {};
}

Result<Endpoint> read_address(ByteReader& from, bool v6) {
  Endpoint out{.v6 = v6};
  TRY(const auto bytes, from.take(v6 ? 16 : 4));
  std::ranges::copy(bytes, out.address.begin());
  return out;
}

Result<void> read_addresses(ByteView block, bool v6, Header& out) {
  ByteReader reader(block);
  TRY(out.source, read_address(reader, v6));
  TRY(out.destination, read_address(reader, v6));
  TRY(out.source->port, reader.u16());
  TRY(out.destination->port, reader.u16());
  return {};
}

}  // namespace

bool looks_like_header(ByteView begun) {
  return !begun.empty() && (matches(begun, signature) || matches(begun, as_bytes(v1_signature)));
}

Result<std::optional<Header>> parse_header(ByteView begun) {
  if (!matches(begun, signature)) {
    if (matches(begun, as_bytes(v1_signature)))
      return fail(Errc::malformed, "proxy-v1", "the proxy speaks version 1 of the PROXY protocol; version 2 is needed");
    return fail(Errc::malformed, "not-proxy", "the connection does not begin with a PROXY protocol header");
  }
  if (begun.size() < fixed_bytes) return std::nullopt;
  ByteReader reader(begun.subspan(signature.size()));
  TRY(const auto version_command, reader.u8());
  TRY(const auto family_transport, reader.u8());
  TRY(const auto length, reader.u16());
  if (version_command >> 4U != version_2) return bad("the version is not 2");
  // "Other values are reserved and MUST NOT be used … must be rejected as invalid by receivers".
  const auto command = static_cast<Command>(version_command & 0x0fU);
  if (command != Command::LOCAL && command != Command::PROXY) return bad("an unknown command");

  Header out{.local = command == Command::LOCAL, .size = fixed_bytes + length};
  if (out.size > header_bytes_max) return bad("the header is too long");
  if (begun.size() < out.size) return std::nullopt;
  const ByteView whole = begun.first(out.size);
  // LOCAL: "the receiver … must … discard the protocol block including the family which is ignored".
  if (out.local) return out;
  const auto family = static_cast<Family>(family_transport >> 4U);
  const auto transport = static_cast<Transport>(family_transport & 0x0fU);
  if (family > Family::AF_UNIX_ || transport > Transport::DGRAM) return bad("an unknown address family or transport");
  const std::size_t addresses = address_bytes(family);
  if (length < addresses) return bad("the addresses are cut off");
  CHECK(check_vectors(whole, ByteReader(whole.subspan(fixed_bytes + addresses))));
  const bool known = (family == Family::AF_INET_ || family == Family::AF_INET6_) && transport == Transport::STREAM;
  if (known) CHECK(read_addresses(whole.subspan(fixed_bytes, addresses), family == Family::AF_INET6_, out));
  return out;
}

Bytes write_header(const Header& header) {
  ByteWriter body;
  const auto put = [&](const Endpoint& endpoint) { body.raw(ByteView(endpoint.address).first(endpoint.v6 ? 16 : 4)); };
  const bool addressed = header.source && header.destination;
  if (addressed) {
    put(*header.source);
    put(*header.destination);
    body.u16(header.source->port).u16(header.destination->port);
  }
  const Family family = !addressed ? Family::AF_UNSPEC_ : header.source->v6 ? Family::AF_INET6_ : Family::AF_INET_;
  const Transport transport = addressed ? Transport::STREAM : Transport::UNSPEC;
  const Command command = header.local ? Command::LOCAL : Command::PROXY;
  ByteWriter out;
  out.raw(ByteView(signature));
  out.u8(static_cast<std::uint8_t>(version_2 << 4U | static_cast<unsigned>(command)));
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(family) << 4U | static_cast<unsigned>(transport)));
  out.block16(body.bytes());
  return std::move(out).take();
}

}  // namespace outrider::wire::proxy
