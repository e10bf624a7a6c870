#include "ledger/entry_codec.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrider::ledger {
namespace {

// version, privacy, kind, received, subject kind, three length bytes, key id, nonce
constexpr std::size_t header_bytes_max =
    1 + 1 + 2 + 8 + 1 + 3 + id_bytes_max + 2 * short_text_bytes_max + key_id_bytes + crypto::aead_nonce_bytes;
static_assert(header_bytes_max + payload_bytes_max + crypto::aead_tag_bytes <= entry_bytes_max);

void put_text(ByteWriter& out, std::string_view text) {
  out.u8(static_cast<std::uint8_t>(text.size())).raw(text);
}

Result<std::string> take_text(ByteReader& in) {
  TRY(auto size, in.u8());
  TRY(auto text, in.take(size));
  return std::string(as_text(text));
}

template <std::size_t size>
Result<std::array<std::uint8_t, size>> take_array(ByteReader& in) {
  TRY(auto raw, in.take(size));
  std::array<std::uint8_t, size> out{};
  std::ranges::copy(raw, out.begin());
  return out;
}

std::unexpected<Error> bad_entry(std::string detail) {
  return fail(Errc::malformed, "bad-entry", std::move(detail));
}

void write_header(ByteWriter& out, const StoredEntry& entry) {
  out.u8(entry_version).u8(static_cast<std::uint8_t>(entry.privacy)).u16(entry.kind);
  out.u64(static_cast<std::uint64_t>(to_micros(entry.received)));
  put_text(out, entry.fleet.value);
  out.u8(static_cast<std::uint8_t>(entry.subject.kind));
  put_text(out, entry.subject.id);
  put_text(out, entry.content_type);
  if (entry.privacy == Privacy::personal) out.raw(entry.key_id).raw(entry.nonce);
}

}  // namespace

Bytes encode_header(const StoredEntry& entry) {
  ByteWriter out;
  write_header(out, entry);
  return std::move(out).take();
}

Bytes encode_entry(const StoredEntry& entry) {
  ByteWriter out;
  write_header(out, entry);
  out.raw(entry.payload);
  return std::move(out).take();
}

Result<StoredEntry> decode_entry(ByteView bytes) {
  ByteReader in(bytes);
  StoredEntry entry;
  TRY(auto version, in.u8());
  if (version != entry_version) return bad_entry(fmt::format("entry format version {} is not known", version));
  TRY(auto privacy, in.u8());
  if (privacy > static_cast<std::uint8_t>(Privacy::personal))
    return bad_entry(fmt::format("privacy {} is not known", privacy));
  entry.privacy = static_cast<Privacy>(privacy);
  TRY(entry.kind, in.u16());
  TRY(auto received, in.u64());
  entry.received = from_micros(static_cast<std::int64_t>(received));
  TRY(auto fleet, take_text(in));
  TRY(entry.fleet, FleetId::parse(fleet));
  TRY(auto subject_kind, in.u8());
  if (subject_kind > static_cast<std::uint8_t>(SubjectKind::application)) {
    return bad_entry(fmt::format("subject kind {} is not known", subject_kind));
  }
  entry.subject.kind = static_cast<SubjectKind>(subject_kind);
  TRY(entry.subject.id, take_text(in));
  TRY(entry.content_type, take_text(in));
  if (entry.privacy == Privacy::personal) {
    TRY(entry.key_id, take_array<key_id_bytes>(in));
    TRY(entry.nonce, take_array<crypto::aead_nonce_bytes>(in));
    if (in.left() < crypto::aead_tag_bytes) return bad_entry("a personal payload is shorter than its tag");
  }
  entry.payload = to_bytes(in.rest());
  return entry;
}

void put_head(Bytes& out, const DraftView& draft, Timestamp received) {
  std::array<std::uint8_t, header_bytes_max> head;  // one insertion instead of a dozen
  std::size_t size = 0;
  const auto put = [&](std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) head[size++] = static_cast<std::uint8_t>(value >> (8 * i));
  };
  const auto put_text = [&](std::string_view text) {
    put(text.size(), 1);
    std::ranges::copy(text, head.begin() + static_cast<std::ptrdiff_t>(size));
    size += text.size();
  };
  put(entry_version, 1);
  put(static_cast<std::uint8_t>(draft.privacy), 1);
  put(draft.kind, 2);
  put(static_cast<std::uint64_t>(to_micros(received)), 8);
  put_text(draft.fleet.value);
  put(static_cast<std::uint8_t>(draft.subject_kind), 1);
  put_text(draft.subject);
  put_text(draft.content_type);
  out.insert(out.end(), head.begin(), head.begin() + static_cast<std::ptrdiff_t>(size));
}

Result<void> check_draft(const DraftView& draft) {
  if (draft.payload.size() > payload_bytes_max) {
    return fail(
        Errc::too_large, "payload-too-large",
        fmt::format("the payload has {} bytes; an entry holds at most {}", draft.payload.size(), payload_bytes_max));
  }
  if (draft.subject.size() > short_text_bytes_max) {
    return fail(Errc::too_large, "subject-too-large",
                fmt::format("the subject's id has {} bytes; at most {}", draft.subject.size(), short_text_bytes_max));
  }
  if (draft.content_type.size() > short_text_bytes_max) {
    return fail(
        Errc::too_large, "content-type-too-large",
        fmt::format("the content type has {} bytes; at most {}", draft.content_type.size(), short_text_bytes_max));
  }
  return {};
}

}  // namespace outrider::ledger
