#include "ledger/keys/key_record.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrider::ledger {
namespace {

enum class RecordType : std::uint8_t { start = 1, key = 2, destroyed = 3 };

constexpr std::string_view magic = "outrider keyring";

void put_text(ByteWriter& out, std::string_view text) {
  out.u8(static_cast<std::uint8_t>(text.size())).raw(text);
}

Result<std::string> take_text(ByteReader& in) {
  TRY(auto size, in.u8());
  TRY(auto text, in.take(size));
  return std::string(as_text(text));
}

template <std::size_t size>
Result<void> take_into(ByteReader& in, std::array<std::uint8_t, size>& out) {
  TRY(auto raw, in.take(size));
  std::ranges::copy(raw, out.begin());
  return {};
}

std::unexpected<Error> bad_record(std::string detail) {
  return fail(Errc::malformed, "bad-key-record", std::move(detail));
}

Result<KeyRecord> take_start(ByteReader& in) {
  TRY(auto found, in.take(magic.size()));
  if (as_text(found) != magic) return bad_record("not a keyring");
  TRY(auto version, in.u16());
  if (version != keyring_version) return bad_record(fmt::format("keyring version {} is not known", version));
  TRY(auto text, take_text(in));
  TRY(auto fleet, FleetId::parse(text));
  return KeyringStart{std::move(fleet)};
}

Result<KeyRecord> take_key(ByteReader& in) {
  WrappedKey key;
  CHECK(take_into(in, key.id));
  TRY(auto subject_kind, in.u8());
  if (subject_kind > static_cast<std::uint8_t>(SubjectKind::application))
    return bad_record("subject kind is not known");
  key.subject.kind = static_cast<SubjectKind>(subject_kind);
  TRY(key.subject.id, take_text(in));
  TRY(key.period, in.u32());
  CHECK(take_into(in, key.nonce));
  TRY(auto wrapped, in.take(wrapped_key_bytes));
  key.wrapped = to_bytes(wrapped);
  return key;
}

}  // namespace

void put_key_record(ByteWriter& out, const KeyRecord& record) {
  if (const auto* start = std::get_if<KeyringStart>(&record)) {
    out.u8(static_cast<std::uint8_t>(RecordType::start)).raw(magic).u16(keyring_version);
    put_text(out, start->fleet.value);
  } else if (const auto* key = std::get_if<WrappedKey>(&record)) {
    out.u8(static_cast<std::uint8_t>(RecordType::key)).raw(key->id).u8(static_cast<std::uint8_t>(key->subject.kind));
    put_text(out, key->subject.id);
    out.u32(key->period).raw(key->nonce).raw(key->wrapped);
  } else {
    out.u8(static_cast<std::uint8_t>(RecordType::destroyed)).raw(std::get<DestroyedKey>(record).id);
  }
}

Result<KeyRecord> take_key_record(ByteReader& in) {
  TRY(auto type, in.u8());
  switch (static_cast<RecordType>(type)) {
    case RecordType::start:
      return take_start(in);
    case RecordType::key:
      return take_key(in);
    case RecordType::destroyed: {
      DestroyedKey destroyed;
      CHECK(take_into(in, destroyed.id));
      return destroyed;
    }
  }
  return bad_record(fmt::format("record type {} is not known", type));
}

Bytes wrapping_context(const FleetId& fleet, const WrappedKey& key) {
  ByteWriter out;
  out.raw(magic);
  put_text(out, fleet.value);
  out.raw(key.id).u8(static_cast<std::uint8_t>(key.subject.kind));
  put_text(out, key.subject.id);
  out.u32(key.period);
  return std::move(out).take();
}

}  // namespace outrider::ledger
