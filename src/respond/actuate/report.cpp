#include "respond/actuate/report.h"

#include <algorithm>

namespace outrider::respond {

Result<Report> read_report(const ledger::Entry& entry) {
  if (entry.shredded) return fail(Errc::not_found, "shredded", "the report was erased");
  Report out;
  const std::string_view type = std::string_view(entry.content_type).substr(0, entry.content_type.find(';'));
  if (type == "application/senml+json") {
    TRY(out.pack, wire::senml::parse_json(as_text(entry.payload), entry.received));
  } else if (type == "application/senml+cbor") {
    TRY(out.pack, wire::senml::parse_cbor(entry.payload, entry.received));
  } else {
    return fail(Errc::malformed, "not-senml", "not SenML");
  }
  std::ranges::sort(out.pack, {}, &wire::senml::Record::time);
  return out;
}

}  // namespace outrider::respond
