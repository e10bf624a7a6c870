#include "wire/tls/client_hello.h"

namespace outrider::wire::tls {
namespace {

constexpr std::uint8_t content_type_handshake = 22;  // RFC 8446, 5.1
constexpr std::uint8_t version_major = 3;            // legacy_record_version is 0x0301 or 0x0303
constexpr std::size_t record_header_bytes = 5;
constexpr std::size_t record_bytes_max = 16'384;
constexpr std::uint8_t handshake_client_hello = 1;  // section 4
constexpr std::size_t handshake_header_bytes = 4;
constexpr std::size_t random_bytes = 32;
constexpr std::uint16_t extension_pre_shared_key = 41;  // section 4.2

// What the records carry, put together: a ClientHello may be cut into several.
struct Joined {
  Bytes bytes;
  bool bad = false;
};

Joined join_records(ByteView begun) {
  Joined out;
  while (!begun.empty()) {
    if (begun[0] != content_type_handshake || (begun.size() > 1 && begun[1] != version_major)) {
      out.bad = true;
      return out;
    }
    if (begun.size() < record_header_bytes) return out;
    const std::size_t length = static_cast<std::size_t>(begun[3]) << 8U | begun[4];
    if (length == 0 || length > record_bytes_max) {  // section 5.1: no empty fragments of handshake messages
      out.bad = true;
      return out;
    }
    begun = begun.subspan(record_header_bytes);
    const std::size_t here = std::min(length, begun.size());
    out.bytes.insert(out.bytes.end(), begun.begin(), begun.begin() + static_cast<std::ptrdiff_t>(here));
    begun = begun.subspan(here);
  }
  return out;
}

Result<ByteReader> block8(ByteReader& from) {
  TRY(const auto size, from.u8());
  TRY(const auto body, from.take(size));
  return ByteReader(body);
}

// Section 4.2.11: OfferedPsks begins with identities<7..2^16-1>, each identity<1..2^16-1> and a uint32.
Result<Bytes> first_identity(ByteReader offered) {
  TRY(auto identities, offered.block16());
  TRY(const auto identity, identities.block16());
  CHECK(identities.u32());
  return to_bytes(identity.rest());
}

// Section 4.1.2: the session it offers; empty: none. An error: it is not one.
Result<Bytes> offered_session(ByteReader hello) {
  CHECK(hello.u16());  // legacy_version
  CHECK(hello.take(random_bytes));
  CHECK(block8(hello));    // legacy_session_id
  CHECK(hello.block16());  // cipher_suites
  CHECK(block8(hello));    // legacy_compression_methods
  TRY(auto extensions, hello.block16());
  while (!extensions.empty()) {
    TRY(const auto type, extensions.u16());
    TRY(const auto body, extensions.block16());
    if (type == extension_pre_shared_key) return first_identity(body);
  }
  return Bytes();
}

}  // namespace

std::optional<Bytes> whole_hello(ByteView begun) {
  const Joined joined = join_records(begun.first(std::min(begun.size(), hello_bytes_max)));
  ByteReader message(joined.bytes);
  const auto type = message.u8();
  const auto high = message.u8();
  const auto low = message.u16();
  if (!low || *type != handshake_client_hello) return std::nullopt;
  const auto body = message.take(static_cast<std::size_t>(*high) << 16U | *low);
  if (!body) return std::nullopt;
  return to_bytes(*body);
}

Greeting look_at_hello(ByteView begun) {
  if (begun.size() > hello_bytes_max) begun = begun.first(hello_bytes_max);
  const Joined joined = join_records(begun);
  const ByteView message(joined.bytes);
  if (!message.empty() && message[0] != handshake_client_hello) return {.hello = Hello::not_tls};
  if (message.size() >= handshake_header_bytes) {
    const std::size_t length =
        static_cast<std::size_t>(message[1]) << 16U | static_cast<std::size_t>(message[2]) << 8U | message[3];
    if (length + handshake_header_bytes > hello_bytes_max) return {.hello = Hello::full};  // never to be seen whole
    if (message.size() - handshake_header_bytes >= length) {
      auto session = offered_session(ByteReader(message.subspan(handshake_header_bytes, length)));
      if (!session || session->empty()) return {.hello = Hello::full};
      return {.hello = Hello::resuming, .ticket = *std::move(session)};
    }
  }
  if (joined.bad) return {.hello = Hello::not_tls};
  return {.hello = begun.size() == hello_bytes_max ? Hello::full : Hello::incomplete};
}

}  // namespace outrider::wire::tls
