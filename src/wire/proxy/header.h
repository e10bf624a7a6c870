#pragma once
// The header of the PROXY protocol, version 2 (HAProxy's doc/proxy-protocol.txt, section 2.2): how a load balancer says
// for whom it forwards a connection. Version 1 is text and is not read.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::wire::proxy {

// The signature and the three fields behind it.
inline constexpr std::size_t fixed_bytes = 16;
// Addresses take at most 216 bytes; the rest is for TLVs, which we do not use. A certificate's names fit, a chain does
// not belong here.
inline constexpr std::size_t header_bytes_max = 4096;

struct Endpoint {
  bool v6 = false;
  std::array<std::uint8_t, 16> address{};  // IPv4: the first four bytes
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

struct Header {
  bool local = false;  // the proxy speaks for itself (a health check): the connection's own addresses count
  // Absent for LOCAL, AF_UNSPEC, and the families and transports that a TCP listener does not know (Unix-domain, UDP):
  // a receiver treats those as unspecified.
  std::optional<Endpoint> source;
  std::optional<Endpoint> destination;
  std::size_t size = 0;  // bytes of the whole header; what follows is the client's

  bool operator==(const Header&) const = default;
};

// Reads what a connection begins with. Nothing: more bytes are needed. Reasons: not-proxy, proxy-v1, bad-proxy-header.
Result<std::optional<Header>> parse_header(ByteView begun);

// True when the bytes could still become a header: so that a client can be refused that is not allowed to send one.
bool looks_like_header(ByteView begun);

// A header that says this; for tests and for who forwards. `size` is ignored.
Bytes write_header(const Header& header);

}  // namespace outrider::wire::proxy
