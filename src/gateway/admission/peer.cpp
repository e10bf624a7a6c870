#include "gateway/admission/peer.h"

namespace outrider::gateway::admission {

namespace {

// Serial and key hash are hexadecimal; as bytes they take half the room, and there is one for each device.
Result<std::string> hex_block(ByteReader& reader) {
  TRY(const auto block, reader.block16());
  return hex(block.rest());
}
Result<std::string> text_block(ByteReader& reader) {
  TRY(const auto block, reader.block16());
  return std::string(as_text(block.rest()));
}

}  // namespace

std::string ticket_owner(const FleetId& fleet, const DeviceId& holder) {
  return fleet.value + "/" + holder.value;
}

Bytes encode_tag(const identity::ClientIdentity& identity) {
  const auto serial = from_hex(identity.serial);
  const auto spki = from_hex(identity.spki_sha256);
  if (!serial || !spki) return {};  // cannot be: identify() made them
  ByteWriter out;
  out.block16(as_bytes(identity.fleet.value)).block16(as_bytes(identity.device.value));
  out.block16(*serial).block16(*spki);
  out.u64(static_cast<std::uint64_t>(to_micros(identity.not_before)));
  out.u64(static_cast<std::uint64_t>(to_micros(identity.not_after)));
  return std::move(out).take();
}

Result<identity::ClientIdentity> decode_tag(ByteView tag) {
  ByteReader reader(tag);
  identity::ClientIdentity out;
  TRY(out.fleet.value, text_block(reader));
  TRY(out.device.value, text_block(reader));
  TRY(out.serial, hex_block(reader));
  TRY(out.spki_sha256, hex_block(reader));
  TRY(const auto not_before, reader.u64());
  TRY(const auto not_after, reader.u64());
  CHECK(reader.finish());
  out.not_before = from_micros(static_cast<std::int64_t>(not_before));
  out.not_after = from_micros(static_cast<std::int64_t>(not_after));
  return out;
}

Result<identity::ClientIdentity> identify_peer(net::TlsStream& stream, const Recognise& recognise) {
  const auto tag = stream.resumed_tag();
  const auto read = [&](const Bytes& certificate) {
    return recognise ? recognise(certificate, stream.peer_address()) : identity::identify(certificate);
  };
  TRY(auto identity, tag ? decode_tag(*tag) : read(stream.peer_certificate()));
  if (system_clock().now() >= identity.not_after)
    return fail(Errc::unauthenticated, "certificate-expired", "the client's certificate has expired");
  if (const Bytes known = encode_tag(identity); !known.empty())
    stream.allow_resumption(ticket_owner(identity.fleet, identity.device), identity.serial, known, identity.not_after);
  return identity;
}

}  // namespace outrider::gateway::admission
