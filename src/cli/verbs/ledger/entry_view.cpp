#include "cli/verbs/ledger/entry_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/entry_json.h"
#include "cli/output/age.h"
#include "facts/kind.h"
#include "wire/utf8.h"

namespace outrider::cli {

bool is_json(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return type == "application/json" || type.ends_with("+json");
}

std::string kind_text(std::uint16_t kind) {
  const std::string_view name = name_of(static_cast<Kind>(kind));
  return kind_from_name(name) ? std::string(name) : fmt::format("kind {}", kind);
}

std::string payload_text(ByteView payload, std::string_view content_type) {
  if (payload.empty()) return {};
  const std::string_view text = as_text(payload);
  const bool textual = is_json(content_type) || content_type.starts_with("text/");
  if (textual && wire::valid_utf8(text)) return std::string(text);
  constexpr std::size_t shown_bytes_max = 32;
  return fmt::format("{} bytes: {}{}", payload.size(), hex(payload.first(std::min(payload.size(), shown_bytes_max))),
                     payload.size() > shown_bytes_max ? "…" : "");
}

json::Object json_of(const ledger::Entry& entry) {
  json::Object out = api::entry_json(entry);
  out["fleet"] = entry.fleet.value;
  out["payload_base64"] = base64(entry.payload);
  return out;
}

std::vector<std::pair<std::string_view, Cell>> fields_of(const ledger::Entry& entry, Timestamp now) {
  const bool personal = entry.privacy == ledger::Privacy::personal;
  return {
      {"fleet", entry.fleet.value},
      {"kind", kind_text(entry.kind)},
      {"subject", fmt::format("{} {}", api::name_of(entry.subject.kind), entry.subject.id)},
      {"received", fmt::format("{} ({})", to_rfc3339(entry.received), relative(entry.received, now))},
      {"content type", entry.content_type},
      {"payload", personal ? fmt::format("encrypted, {} bytes", entry.payload.size())
                           : payload_text(entry.payload, entry.content_type)},
  };
}

}  // namespace outrider::cli
