#pragma once
// A device's report as actuating rules see it: what it says, and how far it is to be believed.
#include "facts/report_content.h"
#include "ledger/entry.h"

namespace outrider::respond {

using Report = facts::ReportContent;

// Of an entry telemetry or event, its records by time. An error when nothing in it is a device's word: it was erased,
// is of another type, or somebody else's.
Result<Report> read_report(const ledger::Entry& entry);

}  // namespace outrider::respond
