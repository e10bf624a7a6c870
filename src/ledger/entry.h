#pragma once
// One fact in the ledger: what it says, about whom, and when we received it. docs/format/ledger.md has the bytes.
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/time.h"

namespace outrider::ledger {

// Numbers are stored; never renumber.
enum class SubjectKind : std::uint8_t { server = 0, fleet = 1, device = 2, operator_ = 3, application = 4 };

struct Subject {
  SubjectKind kind = SubjectKind::server;
  std::string id;
  auto operator<=>(const Subject&) const = default;
};

// Personal payloads are encrypted with a key of their subject before they are hashed, so that destroying the key
// erases the person and the tree still verifies.
enum class Privacy : std::uint8_t { open = 0, personal = 1 };

// What somebody wants to append.
struct Draft {
  std::uint16_t kind = 0;  // facts/kind.h
  FleetId fleet;
  Subject subject;
  std::string content_type;  // media type of the payload; at most 255 bytes
  Bytes payload;             // as received, byte for byte
  Privacy privacy = Privacy::open;
  // When we received it; nothing: when it is appended. A decision says when it was made, so that what is shown before
  // the entry is read back is exactly what it will say.
  std::optional<Timestamp> received = std::nullopt;
};

// The same, borrowed: for whoever appends a great deal. Nothing of it is kept but a copy of its bytes.
struct DraftView {
  std::uint16_t kind = 0;
  const FleetId& fleet;
  SubjectKind subject_kind = SubjectKind::server;
  std::string_view subject;
  std::string_view content_type;
  ByteView payload;
  Privacy privacy = Privacy::open;
  std::optional<Timestamp> received = std::nullopt;
};

inline DraftView view_of(const Draft& draft) {
  return {draft.kind,         draft.fleet,   draft.subject.kind, draft.subject.id,
          draft.content_type, draft.payload, draft.privacy,      draft.received};
}

inline Draft draft_of(const DraftView& view) {
  return {view.kind,
          view.fleet,
          {view.subject_kind, std::string(view.subject)},
          std::string(view.content_type),
          to_bytes(view.payload),
          view.privacy,
          view.received};
}

// What the ledger holds. `number` is the entry's index in its fleet's tree, from 0.
struct Entry {
  std::uint64_t number = 0;
  std::uint16_t kind = 0;
  FleetId fleet;
  Subject subject;
  Timestamp received;
  std::string content_type;
  Bytes payload;  // decrypted; empty when shredded
  Privacy privacy = Privacy::open;
  bool shredded = false;  // the subject's key is destroyed: the fact stands, its content is gone
};

// Entry bundles of C2SP tlog-tiles prefix an entry with 16 bits of length; the rest of the entry needs less than 1 KiB.
inline constexpr std::size_t payload_bytes_max = 63 * 1024;

// A draft of a described fact (src/facts): JSON payload, the fact's own kind.
template <class Fact>
Draft draft_of(FleetId fleet, Subject subject, const Fact& fact);

}  // namespace outrider::ledger

#include "base/json.h"

namespace outrider::ledger {
template <class Fact>
Draft draft_of(FleetId fleet, Subject subject, const Fact& fact) {
  const std::string text = json::write(fact);
  return {static_cast<std::uint16_t>(Fact::kind),
          std::move(fleet),
          std::move(subject),
          "application/json",
          to_bytes(as_bytes(text)),
          Privacy::open};
}
}  // namespace outrider::ledger
