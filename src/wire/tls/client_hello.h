#pragma once
// A look at the first message of a TLS client, before a handshake begins: is it TLS at all, and does it come back with
// a session (RFC 8446)? Nothing is decided by it but the order of service: the handshake judges the message itself.
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace outrider::wire::tls {

enum class Hello : std::uint8_t {
  incomplete,  // so far it may become any of the others
  not_tls,     // no TLS record with a ClientHello
  full,        // a ClientHello that asks for a whole handshake, or that we cannot read
  resuming,    // it offers a session (pre_shared_key, section 4.2.11)
};

// More than this is not looked at: a ClientHello with post-quantum key shares and a ticket stays below 2.5 KiB.
inline constexpr std::size_t hello_bytes_max = 4096;

struct Greeting {
  Hello hello = Hello::incomplete;
  Bytes ticket;  // resuming: the identity of the first session it offers
};

// `begun`: what the client has sent so far.
Greeting look_at_hello(ByteView begun);
// The ClientHello itself (RFC 8446, 4.1.2), when it has come as a whole.
std::optional<Bytes> whole_hello(ByteView begun);

}  // namespace outrider::wire::tls
