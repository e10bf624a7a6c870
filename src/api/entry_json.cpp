#include "api/entry_json.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "crypto/hash.h"

namespace outrider::api {
namespace {

using ledger::SubjectKind;

constexpr std::array subject_names{
    std::pair{SubjectKind::server, std::string_view("server")},
    std::pair{SubjectKind::fleet, std::string_view("fleet")},
    std::pair{SubjectKind::device, std::string_view("device")},
    std::pair{SubjectKind::operator_, std::string_view("operator")},
    std::pair{SubjectKind::application, std::string_view("application")},
};

// "application/json; charset=utf-8" and structured suffixes (RFC 6839, 3.1) such as "application/senml+json".
bool is_json(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return type == "application/json" || type.ends_with("+json");
}

json::Value payload_json(const ledger::Entry& entry) {
  if (entry.shredded) return nullptr;
  if (is_json(entry.content_type)) {
    if (auto value = json::parse(as_text(entry.payload))) return *std::move(value);
  }
  return json::Value(base64(entry.payload));
}

}  // namespace

std::string_view name_of(ledger::SubjectKind kind) {
  for (const auto& [value, name] : subject_names)
    if (value == kind) return name;
  return "unknown";
}

json::Object entry_json(const ledger::Entry& entry) {
  return {
      {"number", entry.number},
      {"kind", name_of(static_cast<Kind>(entry.kind))},
      {"subject", json::Object{{"kind", name_of(entry.subject.kind)}, {"id", entry.subject.id}}},
      {"received", to_rfc3339(entry.received)},
      {"content_type", entry.content_type},
      {"payload", payload_json(entry)},
      {"payload_sha256", entry.shredded ? json::Value(nullptr) : json::Value(hex(crypto::sha256(entry.payload)))},
      {"privacy", entry.privacy == ledger::Privacy::personal ? "personal" : "open"},
      {"shredded", entry.shredded},
  };
}

SubjectFilter parse_subject(std::string_view text) {
  const auto colon = text.find(':');
  for (const auto& [value, name] : subject_names) {
    if (colon != std::string_view::npos && text.substr(0, colon) == name)
      return {.kind = value, .id = std::string(text.substr(colon + 1))};
  }
  return {.kind = std::nullopt, .id = std::string(text)};
}

Result<EntryFilter> EntryFilter::from(const Call& call) {
  EntryFilter out;
  TRY(const auto kind, call.text("kind"));
  if (!kind.empty()) {
    out.kind = kind_from_name(kind);
    if (!out.kind) return fail(Errc::malformed, "bad-parameter", fmt::format("kind: there is no kind '{}'", kind));
  }
  TRY(const auto subject, call.text("subject"));
  if (!subject.empty()) out.subject = parse_subject(subject);
  return out;
}

bool EntryFilter::takes(const ledger::Entry& entry) const {
  if (kind && static_cast<std::uint16_t>(*kind) != entry.kind) return false;
  if (!subject) return true;
  return subject->id == entry.subject.id && (!subject->kind || *subject->kind == entry.subject.kind);
}

}  // namespace outrider::api
