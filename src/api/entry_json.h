#pragma once
// Entries of the ledger as JSON, and the filter that lists and streams of them share.
#include <optional>
#include <string>
#include <string_view>

#include "api/routing/call.h"
#include "base/json.h"
#include "facts/kind.h"
#include "ledger/entry.h"

namespace outrider::api {

// {number, kind, subject: {kind, id}, received, content_type, payload, payload_sha256, privacy, shredded}. The payload
// is JSON when its content type says JSON and it is; else base64 text; null when shredded. The digest is of the
// payload's bytes as received, which JSON cannot show: a device compares it with what it sent.
json::Object entry_json(const ledger::Entry& entry);

std::string_view name_of(ledger::SubjectKind kind);
// "t-1" (any kind) or "device:t-1".
struct SubjectFilter {
  std::optional<ledger::SubjectKind> kind;
  std::string id;
};
SubjectFilter parse_subject(std::string_view text);

struct EntryFilter {
  std::optional<Kind> kind;
  std::optional<SubjectFilter> subject;

  // From the query parameters `kind` and `subject`. An unknown kind is refused with what was probably meant.
  static Result<EntryFilter> from(const Call& call);
  bool takes(const ledger::Entry& entry) const;
};

}  // namespace outrider::api
