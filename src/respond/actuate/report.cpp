#include "respond/actuate/report.h"

#include <algorithm>

namespace outrider::respond {

Result<Report> read_report(const ledger::Entry& entry) {
  if (entry.shredded) return fail(Errc::not_found, "shredded", "the report was erased");
  if (entry.subject.kind != ledger::SubjectKind::device)
    return fail(Errc::malformed, "not-a-device", "not the word of a device");
  TRY(auto out, facts::read_report(entry.content_type, entry.payload, entry.received));
  std::ranges::sort(out.pack, {}, &wire::senml::Record::time);
  return out;
}

}  // namespace outrider::respond
